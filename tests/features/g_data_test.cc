// Datasets, samplers and DataLoader.
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "etch/tests/features/testing.h"

namespace {

namespace nn = etch::nn;
namespace data = etch::nn::data;
using etch::Tensor;
using etch::testing::error_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// x = [i, 10 i], target = i.
data::TensorDataset<Tensor, Tensor> pairs(int64_t n) {
  std::vector<float> x;
  std::vector<int64_t> target;
  for (int64_t i = 0; i < n; ++i) {
    x.insert(x.end(), {static_cast<float>(i), 10.0f * static_cast<float>(i)});
    target.push_back(i);
  }
  return data::TensorDataset(Tensor::from_data(x, {n, 2}), Tensor::from_data(target, {n}));
}

// The targets of all batches of an epoch.
template <typename Loader>
std::vector<std::vector<int64_t>> targets_of(Loader& loader) {
  std::vector<std::vector<int64_t>> batches;
  for (auto [x, target] : loader) batches.push_back(target.template to_vector<int64_t>());
  return batches;
}

TEST(Features, G3_a_loader_gives_batches_of_rows) {
  data::DataLoader loader(pairs(5), {.batch_size = 2});
  EXPECT_EQ(loader.size(), 3);
  std::vector<std::vector<float>> xs;
  for (auto [x, target] : loader) {
    EXPECT_EQ(x.size(0), target.size(0));
    EXPECT_EQ(target.dtype(), etch::i64);
    xs.push_back(x.to_vector<float>());
  }
  EXPECT_THAT(xs,
              ElementsAre(ElementsAre(0, 0, 1, 10), ElementsAre(2, 20, 3, 30), ElementsAre(4, 40)));
  data::DataLoader full(pairs(5), {.batch_size = 2, .drop_last = true});
  EXPECT_EQ(full.size(), 2);
  EXPECT_THAT(targets_of(full), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

// Adds noise to each sample: by the host's numbers and by those of etch::rand.
struct Noisy : data::Dataset<std::pair<Tensor, int64_t>> {
  int64_t size() const override { return 37; }
  Sample get(int64_t i) const override {
    // Later samples are ready earlier.
    std::this_thread::sleep_for(std::chrono::microseconds(50 * (37 - i)));
    double shift = data::random().normal();
    return {etch::rand({3}) + shift, i};
  }
};

TEST(Features, G3_batches_do_not_depend_on_the_number_of_workers) {
  auto epochs = [](int64_t workers, uint64_t seed) {
    data::DataLoader loader(
        Noisy(), {.batch_size = 5, .shuffle = true, .seed = seed, .num_workers = workers});
    std::vector<float> values;
    std::vector<int64_t> order;
    for (int epoch = 0; epoch < 2; ++epoch)
      for (auto [x, index] : loader) {
        for (float value : x.template to_vector<float>()) values.push_back(value);
        for (int64_t value : index.template to_vector<int64_t>()) order.push_back(value);
      }
    return std::pair(order, values);
  };
  auto expected = epochs(0, 3);
  for (int64_t workers : {1, 2, 5}) EXPECT_EQ(epochs(workers, 3), expected) << workers;
  EXPECT_NE(epochs(2, 4), expected);

  // Each epoch visits every sample once, in an order of its own.
  std::vector<int64_t> first(expected.first.begin(), expected.first.begin() + 37);
  std::vector<int64_t> second(expected.first.begin() + 37, expected.first.end());
  EXPECT_NE(first, second);
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 37u);
  EXPECT_EQ(std::set(second.begin(), second.end()).size(), 37u);
}

TEST(Features, G3_loading_leaves_the_threads_own_generator_and_trace_alone) {
  auto draws = [](int64_t workers) {
    etch::manual_seed(7);
    Tensor before = etch::randn({2});  // still to be computed
    data::DataLoader loader(Noisy(), {.batch_size = 10, .num_workers = workers});
    for (auto [x, index] : loader) before = before + etch::randn({2}) + x.mean();
    return before.to_vector<float>();
  };
  EXPECT_EQ(draws(0), draws(2));
}

struct Faulty : data::Dataset<int64_t> {
  int64_t size() const override { return 20; }
  int64_t get(int64_t i) const override {
    if (i == 13) throw std::runtime_error("the picture is damaged");
    return i;
  }
};

TEST(Features, G3_an_error_in_a_worker_reaches_the_caller_with_the_sample) {
  for (int64_t workers : {0, 3}) {
    data::DataLoader loader(Faulty(), {.batch_size = 4, .num_workers = workers});
    int64_t batches = 0;
    EXPECT_THAT(error_of([&] {
                  for (const Tensor& batch : loader) batches += batch.dim();
                }),
                AllOf(HasSubstr("DataLoader: sample 13 (batch 3 of epoch 0)"),
                      HasSubstr("the picture is damaged")));
    EXPECT_EQ(batches, 3) << "the batches before come first";
  }
}

TEST(Features, G3_leaving_an_epoch_stops_its_threads) {
  struct Counting : data::Dataset<int64_t> {
    std::atomic<int64_t>* loaded;
    explicit Counting(std::atomic<int64_t>* loaded) : loaded(loaded) {}
    int64_t size() const override { return 100000; }
    int64_t get(int64_t i) const override { return ++*loaded, i; }
  };
  std::atomic<int64_t> loaded = 0;
  {
    data::DataLoader loader(Counting(&loaded), {.batch_size = 10, .num_workers = 3, .prefetch = 2});
    for (int repeat = 0; repeat < 20; ++repeat)
      for (const Tensor& batch : loader)
        if (batch.view().at(0) >= 20) break;
  }
  int64_t after = loaded;
  EXPECT_LE(after, 20 * (3 + 6) * 10) << "no more than is asked for and prefetched";
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(loaded, after);
}

TEST(Features, G3_a_loader_resumes_exactly) {
  for (int64_t workers : {0, 2}) {
    data::DataLoaderOptions options{
        .batch_size = 3, .shuffle = true, .seed = 9, .num_workers = workers};
    data::DataLoader straight(pairs(20), options);
    std::vector<std::vector<std::vector<int64_t>>> epochs;
    for (int i = 0; i < 3; ++i) epochs.push_back(targets_of(straight));

    data::DataLoader interrupted(pairs(20), options);
    targets_of(interrupted);
    nn::StateDict state;
    int64_t taken = 0;
    for (auto [x, target] : interrupted)
      if (++taken == 4) {
        state = interrupted.state_dict();
        break;
      }
    options.seed = 0;  // the state has the seed
    data::DataLoader resumed(pairs(20), options);
    resumed.load_state_dict(state);
    EXPECT_EQ(resumed.epoch(), 1);
    auto rest = std::vector(epochs[1].begin() + 4, epochs[1].end());
    EXPECT_EQ(targets_of(resumed), rest);
    EXPECT_EQ(targets_of(resumed), epochs[2]);

    data::DataLoader other(pairs(20), {.batch_size = 4});
    EXPECT_THAT(error_of([&] { other.load_state_dict(state); }),
                HasSubstr("the state is of batches of 3 samples, these have 4"));
    other.set_epoch(5);
    EXPECT_EQ(other.epoch(), 5);
  }
}

struct Countdown : data::IterableDataset<int64_t> {
  int64_t length;
  explicit Countdown(int64_t length) : length(length) {}
  Stream iterate(int64_t epoch) const override {
    return [left = length, epoch]() mutable -> std::optional<int64_t> {
      if (left == 0) return std::nullopt;
      return 100 * epoch + left--;
    };
  }
};

TEST(Features, G3_iterable_datasets_are_read_in_order) {
  for (int64_t workers : {0, 1, 4}) {
    data::DataLoader loader(Countdown(5), {.batch_size = 2, .num_workers = workers});
    auto values = [&] {
      std::vector<std::vector<int64_t>> batches;
      for (const Tensor& batch : loader) batches.push_back(batch.to_vector<int64_t>());
      return batches;
    };
    EXPECT_THAT(values(), ElementsAre(ElementsAre(5, 4), ElementsAre(3, 2), ElementsAre(1)));
    EXPECT_THAT(values(),
                ElementsAre(ElementsAre(105, 104), ElementsAre(103, 102), ElementsAre(101)));
    nn::StateDict state;
    for (const Tensor& batch : loader) {
      EXPECT_EQ(batch.view().at(0), 205);
      state = loader.state_dict();
      break;
    }
    loader.load_state_dict(state);
    EXPECT_THAT(values(), ElementsAre(ElementsAre(203, 202), ElementsAre(201)));
  }
  data::DataLoader full(Countdown(5), {.batch_size = 2, .drop_last = true});
  int64_t batches = 0;
  for (const Tensor& batch : full) batches += batch.size(0) == 2;
  EXPECT_EQ(batches, 2);
  EXPECT_THAT(error_of([] { data::DataLoader(Countdown(5), {.shuffle = true}); }),
              HasSubstr("gives the order itself"));
}

TEST(Features, G3_subsets_concatenations_transforms_and_splits) {
  data::Subset some(pairs(10), {7, 2, 2});
  EXPECT_EQ(some.size(), 3);
  EXPECT_EQ(std::get<1>(some.get(0)).item<int64_t>(), 7);
  data::ConcatDataset both(some, pairs(4));
  EXPECT_EQ(both.size(), 7);
  EXPECT_EQ(std::get<1>(both.get(2)).item<int64_t>(), 2);
  EXPECT_EQ(std::get<1>(both.get(6)).item<int64_t>(), 3);
  auto sums = data::transform(both, [](const std::tuple<Tensor, Tensor>& sample) {
    return std::get<0>(sample).sum().item<float>();
  });
  EXPECT_EQ(sums.get(0), 77);

  for (const std::vector<double>& parts :
       {std::vector<double>{7, 2, 1}, std::vector<double>{0.7, 0.2, 0.1}}) {
    auto split = data::random_split(pairs(10), parts, /*seed=*/4);
    std::set<int64_t> all;
    for (const auto& part : split) all.insert(part.indices().begin(), part.indices().end());
    EXPECT_THAT(std::vector({split[0].size(), split[1].size(), split[2].size()}),
                ElementsAre(7, 2, 1));
    EXPECT_EQ(all.size(), 10u);
    EXPECT_EQ(split[0].indices(), data::random_split(pairs(10), parts, /*seed=*/4)[0].indices());
    EXPECT_NE(split[0].indices(), data::random_split(pairs(10), parts, /*seed=*/5)[0].indices());
  }
  EXPECT_THAT(error_of([] {
                data::random_split(pairs(10), {0.5, 0.4}, 1);
              }),
              HasSubstr("the parts add up to 0.9"));
  EXPECT_THAT(error_of([] { data::Subset(pairs(3), {3}); }),
              HasSubstr("there is no sample 3, only 3"));
}

TEST(Features, G3_samplers_choose_and_weigh) {
  auto sampler = std::make_shared<data::WeightedRandomSampler>(
      std::vector<double>{0, 1, 3},
      data::RandomSamplerOptions{.replacement = true, .num_samples = 4000});
  data::DataLoader loader(pairs(3), {.batch_size = 4000, .sampler = sampler});
  int64_t counts[3] = {};
  for (auto [x, target] : loader)
    for (int64_t i : target.template to_vector<int64_t>()) ++counts[i];
  EXPECT_EQ(counts[0], 0);
  EXPECT_NEAR(static_cast<double>(counts[2]) / static_cast<double>(counts[1]), 3, 0.3);

  data::WeightedRandomSampler once({1, 0, 5, 2}, {.seed = 2});
  EXPECT_THAT(once.order(0), ::testing::UnorderedElementsAre(0, 2, 3));
  data::RandomSampler few(100, {.num_samples = 10});
  EXPECT_EQ(few.order(0).size(), 10u);
  EXPECT_NE(few.order(0), few.order(1));
  EXPECT_EQ(few.order(1), few.order(1));
  EXPECT_THAT(error_of([] { data::RandomSampler(3, {.num_samples = 4}); }),
              HasSubstr("4 samples are wanted of 3 without replacement"));
  EXPECT_THAT(error_of([] { data::WeightedRandomSampler({1, -1}); }), HasSubstr("negative"));
}

struct Sample {
  Tensor image;
  Tensor mask;
};
struct Struct : data::Dataset<Sample> {
  int64_t size() const override { return 4; }
  Sample get(int64_t i) const override {
    return {etch::full({2}, i), etch::full({}, i, etch::i64)};
  }
};
struct Ragged : data::Dataset<Tensor> {
  int64_t size() const override { return 4; }
  Tensor get(int64_t i) const override { return etch::zeros({i + 1}); }
};

TEST(Features, G3_collating_stacks_what_samples_hold) {
  data::DataLoader structs(Struct(), {.batch_size = 4});
  for (auto [image, mask] : structs) {
    EXPECT_EQ(image.shape(), etch::Shape({4, 2}));
    EXPECT_EQ(mask.to_vector<int64_t>(), (std::vector<int64_t>{0, 1, 2, 3}));
  }
  auto nested = data::default_collate(
      std::vector<std::tuple<std::string, std::vector<double>>>{{"a", {1, 2}}, {"b", {3, 4}}});
  EXPECT_THAT(std::get<0>(nested), ElementsAre("a", "b"));
  EXPECT_EQ(std::get<1>(nested)[1].to_vector<double>(), (std::vector<double>{2, 4}));
  auto named =
      data::default_collate(std::vector<std::map<std::string, int64_t>>{{{"k", 1}}, {{"k", 2}}});
  EXPECT_EQ(named.at("k").to_vector<int64_t>(), (std::vector<int64_t>{1, 2}));

  data::DataLoader ragged(Ragged(), {.batch_size = 2});
  EXPECT_THAT(
      error_of([&] {
        for (const Tensor& batch : ragged) (void)batch;
      }),
      HasSubstr("batch 0 of epoch 0: default_collate: sample 1 of the batch is f32 [2], the "
                "first is f32 [1]"));
  data::DataLoader padded(Ragged(), {.batch_size = 2}, [](std::vector<Tensor> samples) {
    int64_t longest = samples.back().size(0);
    std::vector<Tensor> equal;
    for (const Tensor& t : samples) equal.push_back(etch::pad(t, {0, longest - t.size(0)}));
    return etch::stack(equal);
  });
  std::vector<etch::Shape> shapes;
  for (const Tensor& batch : padded) shapes.push_back(batch.shape());
  EXPECT_THAT(shapes, ElementsAre(etch::Shape({2, 2}), etch::Shape({2, 4})));
}

TEST(Features, G3_a_loader_feeds_a_compiled_step_without_compiling_again) {
  struct Line : nn::Module {
    nn::Parameter w{this, "w", etch::zeros({2})};
    Tensor forward(Tensor x) { return matmul(x, w); }
  };
  auto net = nn::make<Line>();
  nn::optim::SGD optimizer(net->parameters(), {.lr = 2e-5});
  auto step = etch::compile([&](Tensor x, Tensor target) {
    optimizer.zero_grad();
    Tensor loss = square(net(x) - target).mean();
    loss.backward();
    optimizer.step();
    return loss;
  });
  data::DataLoader loader(pairs(16), {.batch_size = 4, .shuffle = true, .num_workers = 2});
  float last = 0;
  for (int epoch = 0; epoch < 20; ++epoch)
    for (auto [x, target] : loader) last = step(x, target.to(etch::f32)).item<float>();
  EXPECT_LT(last, 1e-3);
  EXPECT_EQ(step.num_compilations(), 1);

  auto looping = etch::compile([&] {
    Tensor sum = etch::zeros({});
    for (auto [x, target] : loader) sum = sum + x.sum();
    return sum;
  });
  EXPECT_THAT(error_of([&] { looping(); }), HasSubstr("make the loop outside"));
}

}  // namespace
