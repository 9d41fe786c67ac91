// Clipping gradients, averages of weights, parameters as one vector. Expected values:
// tests/golden/optim.py.
#include <cmath>
#include <functional>
#include <limits>

#include "etch/tests/features/testing.h"
#include "etch/tests/golden/golden.h"

namespace {

namespace nn = etch::nn;
namespace utils = etch::nn::utils;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::expect_close;
using ::testing::HasSubstr;

const etch::testing::Golden& golden() {
  static const etch::testing::Golden values("optim");
  return values;
}

// loss = mean((tanh(x w + b) - t)^2)
struct Model : nn::Module {
  nn::Parameter w{this, "w", golden().tensor("data", "w")};
  nn::Parameter b{this, "b", golden().tensor("data", "b")};
  Tensor x = golden().tensor("data", "x"), t = golden().tensor("data", "t");

  Tensor forward() { return square(tanh(matmul(x, w) + b) - t).mean(); }
};

TEST(Features, G2_clip_grad_norm_scales_to_the_norm_and_returns_the_one_before) {
  std::vector<std::pair<std::string, double>> types = {
      {"1", 1}, {"1.5", 1.5}, {"2", 2}, {"3", 3}, {"inf", std::numeric_limits<double>::infinity()}};
  for (const auto& [name, norm_type] : types) {
    auto model = nn::make<Model>();
    auto clip = etch::compile([&] {
      model().backward();
      return utils::clip_grad_norm_(model->parameters(), 0.1, norm_type);
    });
    expect_close(clip(), golden().tensor("clip_norm/" + name, "norm"), 1e-10, name);
    expect_close(model->w.grad(), golden().tensor("clip_norm/" + name, "w"), 1e-10, name);
    expect_close(model->b.grad(), golden().tensor("clip_norm/" + name, "b"), 1e-10, name);
  }
}

TEST(Features, G2_clip_grad_norm_leaves_small_gradients_and_missing_ones) {
  auto model = nn::make<Model>();
  EXPECT_EQ(utils::clip_grad_norm_(model->parameters(), 1).item<float>(), 0);
  model->b.sum().backward();
  EXPECT_EQ(utils::clip_grad_norm_(model->parameters(), 10).item<double>(), 2);
  EXPECT_EQ(model->b.grad().to_vector<double>(), std::vector<double>(4, 1));
  EXPECT_FALSE(model->w.grad().defined());
  EXPECT_THAT(error_of([&] { utils::clip_grad_norm_(model->parameters(), 1, 0); }),
              HasSubstr("norm_type 0 is neither above 0 nor infinity"));
}

TEST(Features, G2_clip_grad_norm_reports_norms_that_are_not_finite) {
  auto model = nn::make<Model>();
  (model->b.sum() * std::nan("")).backward();
  EXPECT_THAT(error_of([&] { utils::clip_grad_norm_(model->parameters(), 1, 2, true); }),
              HasSubstr("the norm of the gradients is nan"));
  EXPECT_TRUE(std::isnan(utils::clip_grad_norm_(model->parameters(), 1).item<double>()));

  auto step = etch::compile([&](Tensor scale) {
    for (Tensor p : model->parameters()) p.set_grad(Tensor());
    (model->b.sum() * scale).backward();
    utils::clip_grad_norm_(model->parameters(), 1, 2, /*error_if_nonfinite=*/true);
  });
  step(Tensor::scalar(1, etch::f64));
  EXPECT_THAT(error_of([&] { step(Tensor::scalar(INFINITY, etch::f64)); }),
              AllOf(HasSubstr("the norm of the gradients is inf"), HasSubstr("g_utils_test.cc")));
  EXPECT_EQ(step.num_compilations(), 1);
}

TEST(Features, G2_clip_grad_value_clamps_every_element) {
  auto model = nn::make<Model>();
  auto clip = etch::compile([&] {
    model().backward();
    utils::clip_grad_value_(model->parameters(), 0.02);
  });
  clip();
  expect_close(model->w.grad(), golden().tensor("clip_value", "w"), 1e-10);
  expect_close(model->b.grad(), golden().tensor("clip_value", "b"), 1e-10);
  EXPECT_THAT(error_of([&] { utils::clip_grad_value_(model->parameters(), -1); }),
              HasSubstr("negative"));
}

TEST(Features, G2_parameters_become_a_vector_and_come_back) {
  auto model = nn::make<Model>();
  Tensor vector = utils::parameters_to_vector(model->parameters());
  EXPECT_EQ(vector.shape(), etch::Shape({16}));
  vector.sum().backward();
  EXPECT_EQ(model->w.grad().to_vector<double>(), std::vector<double>(12, 1));

  std::vector<double> before = vector.to_vector<double>();
  auto halve = etch::compile([&] {
    utils::vector_to_parameters(utils::parameters_to_vector(model->parameters()) * 0.5,
                                model->parameters());
  });
  halve();
  EXPECT_EQ(model->b.to_vector<double>()[3], before[15] * 0.5);
  EXPECT_EQ(model->w.to_vector<double>()[0], before[0] * 0.5);
  EXPECT_THAT(
      error_of([&] { utils::vector_to_parameters(etch::zeros({15}), model->parameters()); }),
      HasSubstr("the vector is [15], the parameters have 16 elements"));
}

// A linear layer and batch normalization, with PyTorch's running statistics.
struct Normalized : nn::Module {
  nn::Parameter weight{this, "weight", etch::transpose(golden().tensor("data", "w"), 0, 1)};
  nn::Parameter bias{this, "bias", golden().tensor("data", "b")};
  nn::Parameter gamma{this, "gamma", etch::ones({4}, etch::f64)};
  nn::Parameter beta{this, "beta", etch::zeros({4}, etch::f64)};
  nn::Buffer mean{this, "mean", etch::zeros({4}, etch::f64)};
  nn::Buffer var{this, "var", etch::ones({4}, etch::f64)};
  nn::Buffer batches{this, "batches", etch::zeros({}, etch::i64)};

  Tensor forward(Tensor x) {
    Tensor y = linear(x, weight, bias);
    Tensor m = y.mean({0}), biased = etch::var(y, {0}, /*unbiased=*/false);
    mean = 0.9 * mean + 0.1 * m.detach();
    var = 0.9 * var + 0.1 * etch::var(y, {0}).detach();
    batches = batches + 1;
    return (y - m) / sqrt(biased + 1e-5) * gamma + beta;
  }
};

TEST(Features, G2_moving_averages_follow_pytorch_within_a_compiled_step) {
  auto net = nn::make<Normalized>();
  nn::optim::SGD optimizer(net->parameters(), {.lr = 0.1});
  utils::ExponentialMovingAverage weights(*net, {.decay = 0.9});
  utils::ExponentialMovingAverage all(*net, {.decay = 0.9, .use_buffers = true});
  Tensor x = golden().tensor("data", "x"), t = golden().tensor("data", "t");
  auto step = etch::compile([&] {
    optimizer.zero_grad();
    square(net(x) - t).mean().backward();
    optimizer.step();
    weights.update();
    all.update();
  });
  for (int i = 0; i < 50; ++i) step();
  EXPECT_EQ(step.num_compilations(), 1);
  EXPECT_EQ(weights.num_updates(), 50);

  nn::StateDict averages = weights.state_dict(), both = all.state_dict();
  for (const char* name : {"weight", "bias", "gamma", "beta"})
    expect_close(averages.at("average." + std::string(name)),
                 golden().tensor("ema/parameters", name), 1e-9, name);
  EXPECT_FALSE(averages.contains("average.mean"));
  for (const char* name : {"weight", "bias", "gamma", "beta", "mean", "var"})
    expect_close(both.at("average." + std::string(name)), golden().tensor("ema/buffers", name),
                 1e-9, name);
  EXPECT_EQ(both.at("average.batches").item<int64_t>(), 50);
}

TEST(Features, G2_averages_replace_the_weights_for_a_while) {
  auto model = nn::make<Model>();
  utils::ExponentialMovingAverage average(*model, {.decay = 0.5});
  auto loss = etch::compile([&] { return model(); });
  std::vector<double> first = model->b.to_vector<double>();
  double first_loss = loss().item<double>();
  average.update();
  nn::init::constant_(model->b, 7);
  {
    auto scope = average.average_parameters();
    EXPECT_EQ(model->b.to_vector<double>(), first);
    EXPECT_EQ(loss().item<double>(), first_loss);
    EXPECT_THAT(error_of([&] { average.store(); }), HasSubstr("before restore()"));
  }
  EXPECT_EQ(model->b.to_vector<double>(), std::vector<double>(4, 7));
  EXPECT_EQ(loss.num_compilations(), 1);
  EXPECT_THAT(error_of([&] { average.restore(); }), HasSubstr("without store()"));
  auto applying = etch::compile([&] { average.apply(); });
  EXPECT_THAT(error_of([&] { applying(); }), HasSubstr("call it outside"));

  auto copy = model.clone();
  utils::ExponentialMovingAverage other(*copy, {.decay = 0.5});
  other.load_state_dict(average.state_dict().snapshot());
  other.apply();
  EXPECT_EQ(copy->b.to_vector<double>(), first);
  EXPECT_EQ(other.num_updates(), 1);
}

}  // namespace
