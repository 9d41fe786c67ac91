// G6: saving the entire model. A bundle holds programs in native code over one named state; the
// runtime, which has no compiler, loads it, predicts and trains.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "testing.h"

namespace etch {
namespace {

namespace F = nn::functional;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::error_of;
using testing::floats;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ramp;
using ::testing::StartsWith;

std::string file(const std::string& name) { return ::testing::TempDir() + "g6_" + name; }
std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// All that has state: batch statistics, dropout, AdamW.
struct Net : nn::Module {
  nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 6, .out_features = 16}};
  nn::Child<nn::BatchNorm1d> norm{this, "norm", {.num_features = 16}};
  nn::Child<nn::Dropout> drop{this, "drop", {.p = 0.25}};
  nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 16, .out_features = 3}};
  Tensor forward(Tensor x) { return fc2(drop(relu(norm(fc1(x))))); }
};

struct Training {
  nn::ModuleHandle<Net> net = nn::make<Net>();
  nn::optim::AdamW optimizer{net->parameters(), {.lr = 1e-2}};

  Program predict() {
    net->eval();
    return trace([&](Tensor x) { return softmax(net(x), -1); }, {spec(f32, {4, 6}, "x")}).value();
  }
  Program train_step() {
    net->train();
    return trace(
               [&](Tensor x, Tensor target) {
                 optimizer.zero_grad();
                 Tensor loss = F::cross_entropy(net(x), target);
                 loss.backward();
                 optimizer.step();
                 return loss;
               },
               {spec(f32, {8, 6}, "x"), spec(i64, {8}, "target")})
        .value();
  }
};

Tensor targets() { return Tensor::from_data(std::vector<int64_t>{0, 1, 2, 0, 1, 2, 0, 1}, {8}); }

runtime::Model load(const std::string& path) {
  auto model = runtime::Model::load(path);
  if (!model.ok()) ADD_FAILURE() << model.status();
  return *model;
}

MutableTensorView writable(std::vector<float>& values, std::span<const int64_t> shape) {
  return {values.data(), f32, shape};
}

float train(runtime::ModelSession& session, const Tensor& x) {
  std::vector<float> loss(1);
  Tensor target = targets();
  absl::Status status = session.run("train_step", {{"x", x.view()}, {"target", target.view()}},
                                    {{"out0", writable(loss, {})}});
  EXPECT_TRUE(status.ok()) << status;
  return loss[0];
}

std::vector<float> predict(runtime::ModelSession& session, const Tensor& x) {
  std::vector<float> out(12);
  const Shape shape = {4, 3};
  absl::Status status = session.run("predict", {{"x", x.view()}}, {{"out0", writable(out, shape)}});
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

std::vector<double> values(const runtime::Model& model, const std::string& name) {
  auto value = model.read(name);
  if (!value.ok()) ADD_FAILURE() << value.status();
  std::vector<double> result;
  for (int64_t i = 0; i < value->shape.num_elements(); ++i) result.push_back(value->view().at(i));
  return result;
}

TEST(Features, G6_a_bundle_predicts_and_trains_with_the_bits_of_the_jit) {
  manual_seed(3);
  Training training;
  Program predict_program = training.predict(), train_program = training.train_step();
  absl::Status status = Bundle("net")
                            .add("predict", predict_program)
                            .add("train_step", train_program)
                            .write(file("net.etch"));
  ASSERT_TRUE(status.ok()) << status;
  runtime::Model model = load(file("net.etch"));
  EXPECT_EQ(model.name(), "net");
  EXPECT_THAT(model.programs(), ElementsAre("predict", "train_step"));

  Executable jit_predict = predict_program.compile().value();
  Executable jit_train = train_program.compile().value();
  runtime::ModelSession session = model.new_session();
  for (int step = 0; step < 20; ++step) {
    Tensor x = ramp({8, 6}) * static_cast<float>(step + 1);
    float loss = jit_train.run({x, targets()}).value()[0].item<float>();
    EXPECT_EQ(train(session, x), loss) << step;
  }
  Tensor x = ramp({4, 6});
  EXPECT_EQ(predict(session, x), floats(jit_predict.run({x}).value()[0]));
  for (const runtime::StateInfo& info : model.state()) {
    Tensor cell = train_program.state(info.name);
    if (!cell.defined()) cell = predict_program.state(info.name);
    if (info.kind == runtime::ValueKind::kState)
      EXPECT_EQ(values(model, info.name), testing::values_of(cell)) << info.name;
  }
}

TEST(Features, G6_state_is_one_and_known_by_path) {
  Training training;
  ASSERT_TRUE(Bundle("net")
                  .add("predict", training.predict())
                  .add("train_step", training.train_step())
                  .write(file("state.etch"))
                  .ok());
  std::vector<std::string> names;
  runtime::Model model = load(file("state.etch"));
  for (const runtime::StateInfo& info : model.state()) names.push_back(info.name);
  EXPECT_THAT(names, AllOf(Contains("fc1.weight"), Contains("norm.running_mean"),
                           Contains("rng.drop"), Contains("optim.lr"),
                           Contains("optim.exp_avg.fc2.bias"), Contains("grad.fc1.weight")));
}

// Predict, train and begin anew, all over one state and without a compiler.
TEST(Features, G6_a_bundle_draws_its_initial_values) {
  manual_seed(5);
  auto net = nn::make<nn::Linear>({.in_features = 6, .out_features = 3});
  Program init = trace(
                     [&] {
                       no_grad guard;
                       net->weight.copy_(0.1 * randn({3, 6}));
                       net->bias.fill_(0.5);
                       return net->weight.mean();
                     },
                     {}, {"mean"})
                     .value();
  Program predict = trace([&](Tensor x) { return net(x); }, {spec(f32, {4, 6}, "x")}).value();
  ASSERT_TRUE(
      Bundle("init").add("init", init).add("predict", predict).write(file("init.etch")).ok());
  runtime::Model model = load(file("init.etch"));
  runtime::ModelSession session = model.new_session();
  std::vector<std::vector<double>> weights = {values(model, "weight")};
  for (int i = 0; i < 2; ++i) {
    std::vector<float> mean(1);
    ASSERT_TRUE(session.run("init", {}, {{"mean", writable(mean, {})}}).ok());
    EXPECT_THAT(values(model, "bias"), ElementsAre(0.5, 0.5, 0.5));
    weights.push_back(values(model, "weight"));
    double sum = std::accumulate(weights.back().begin(), weights.back().end(), 0.0);
    EXPECT_NEAR(mean[0], sum / 18, 1e-6);
  }
  EXPECT_NE(weights[0], weights[1]);
  EXPECT_NE(weights[1], weights[2]);  // Drawn anew each time.
}

TEST(Features, G6_training_goes_on_from_a_saved_bundle) {
  Training training;
  ASSERT_TRUE(Bundle("net").add("train_step", training.train_step()).write(file("a.etch")).ok());
  runtime::Model straight = load(file("a.etch")), halved = load(file("a.etch"));
  Tensor x = ramp({8, 6});
  runtime::ModelSession session = straight.new_session();
  std::vector<float> losses;
  for (int i = 0; i < 10; ++i) losses.push_back(train(session, x));

  runtime::ModelSession first = halved.new_session();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(train(first, x), losses[i]);
  ASSERT_TRUE(halved.save(file("b.etch")).ok());
  runtime::ModelSession second = load(file("b.etch")).new_session();
  for (int i = 5; i < 10; ++i) EXPECT_EQ(train(second, x), losses[i]);
}

TEST(Features, G6_what_was_trained_without_a_compiler_loads_into_the_module) {
  Training training;
  ASSERT_TRUE(Bundle("net")
                  .add("predict", training.predict())
                  .add("train_step", training.train_step())
                  .write(file("c.etch"))
                  .ok());
  runtime::Model model = load(file("c.etch"));
  runtime::ModelSession session = model.new_session();
  train(session, ramp({8, 6}));
  ASSERT_TRUE(model.save_state(file("c.safetensors")).ok());

  nn::LoadReport report =
      training.net->load_state_dict(load_state(file("c.safetensors")).value(), {.strict = false});
  EXPECT_THAT(report.missing, IsEmpty());
  training.net->eval();
  Tensor x = ramp({4, 6});
  auto compiled = compile([&](Tensor input) { return softmax(training.net(input), -1); });
  EXPECT_EQ(floats(compiled(x)), predict(session, x));
}

TEST(Features, C6_hooks_are_in_the_code_of_a_bundle) {
  auto net = nn::make<nn::Linear>({.in_features = 3, .out_features = 2});
  auto clamped = net->register_forward_hook(
      [](nn::Module&, nn::Inputs, Tensor out) { return clamp(out, -0.25, 0.25); });
  auto watched = net->register_forward_hook([](nn::Module&, nn::InputViews, TensorView) {});
  Program program = trace([&](Tensor x) { return net(x); }, {spec(f32, {4, 3}, "x")}).value();
  ASSERT_TRUE(Bundle("hooked").add("predict", program).write(file("hook.etch")).ok());
  clamped.remove();

  runtime::Model model = load(file("hook.etch"));
  runtime::ModelSession session = model.new_session();
  Tensor x = ramp({4, 3}) * 10;
  std::vector<float> out(8), tapped(8);
  const Shape shape = {4, 2};
  // A tap of the inputs and the output.
  std::string tap = model.find_program("predict")->results.back().name;
  EXPECT_THAT(tap, HasSubstr("tap1."));
  ASSERT_TRUE(session
                  .run("predict", {{"x", x.view()}},
                       {{"out0", writable(out, shape)}, {tap, writable(tapped, shape)}})
                  .ok());
  EXPECT_EQ(out, floats(clamp(net(x), -0.25, 0.25)));
  EXPECT_EQ(tapped, out);
}

TEST(Features, C6_outputs_have_names_and_taps_are_listed) {
  auto net = nn::make<nn::Linear>({.in_features = 3, .out_features = 2});
  auto watched = net->register_forward_hook([](nn::Module&, nn::InputViews, TensorView) {});
  auto body = [&](Tensor x) {
    Tensor logits = net(x);
    return std::pair(logits, softmax(logits, -1));
  };
  std::vector<TensorSpec> specs = {spec(f32, {4, 3}, "x")};
  Program program = trace(body, specs, {"logits", "probabilities"}).value();
  ASSERT_TRUE(Bundle("named").add("predict", program).write(file("named.etch")).ok());
  runtime::Model model = load(file("named.etch"));
  std::vector<std::string> outputs, taps;
  for (const runtime::ValueInfo& result : model.find_program("predict")->results)
    (result.is_tap ? taps : outputs).push_back(result.name);
  EXPECT_THAT(outputs, ElementsAre("logits", "probabilities"));
  EXPECT_THAT(taps, ElementsAre(StartsWith("tap0."), StartsWith("tap1.")));

  auto refusal = [&](const std::vector<std::string>& names) {
    return std::string(trace(body, specs, names).status().message());
  };
  EXPECT_THAT(refusal({"a"}), HasSubstr("returns 2 tensors, of which 1 are named"));
  EXPECT_THAT(refusal({"a", "a"}), HasSubstr("two results are called \"a\""));
  EXPECT_THAT(refusal({"a", ""}), HasSubstr("a result has an empty name"));
  EXPECT_THAT(refusal({"a", "tap1.x"}), HasSubstr("taps have names like this"));
}

TEST(Features, G6_tied_weights_are_one_cell_with_several_paths) {
  struct Tied : nn::Module {
    nn::Child<nn::Linear> encode{this, "encode", {.in_features = 4, .out_features = 4}};
    nn::Child<nn::Linear> decode{this, "decode", {.in_features = 4, .out_features = 4}};
    Tied() { decode->weight.tie(encode->weight); }
    Tensor forward(Tensor x) { return decode(encode(x)); }
  };
  auto net = nn::make<Tied>();
  Program program = trace([&](Tensor x) { return net(x); }, {spec(f32, {2, 4}, "x")}).value();
  ASSERT_TRUE(Bundle("tied").add("predict", program).write(file("tied.etch")).ok());
  runtime::Model model = load(file("tied.etch"));
  std::vector<runtime::StateInfo> state = model.state();
  ASSERT_EQ(state.size(), 3u);
  EXPECT_EQ(state[2].name, "encode.weight");
  EXPECT_THAT(state[2].aliases, ElementsAre("decode.weight"));
  EXPECT_EQ(values(model, "decode.weight"), testing::values_of(net->encode->weight));
}

TEST(Features, G6_gradients_are_state_where_programs_share_them) {
  auto net = nn::make<nn::Linear>({.in_features = 3, .out_features = 1, .bias = false});
  nn::optim::SGD sgd(net->parameters(), {.lr = 0.5});
  auto backward = [&](Tensor x) { net(x).sum().backward(); };
  backward(ramp({2, 3}));  // So that the program adds to a gradient.
  Program accumulate = trace(backward, {spec(f32, {2, 3}, "x")}).value();
  Program apply = trace(
                      [&] {
                        sgd.step();
                        sgd.zero_grad();
                      },
                      {})
                      .value();
  net->zero_grad();
  std::vector<double> weight = testing::values_of(net->weight);
  ASSERT_TRUE(Bundle("steps")
                  .add("accumulate", accumulate)
                  .add("apply", apply)
                  .write(file("grad.etch"))
                  .ok());

  runtime::Model model = load(file("grad.etch"));
  runtime::ModelSession session = model.new_session();
  for (int round = 0; round < 2; ++round) {
    Tensor x = ramp({2, 3});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(session.run("accumulate", {{"x", x.view()}}, {}).ok());
    ASSERT_TRUE(session.run("apply", {}, {}).ok());
    std::vector<double> sums = testing::values_of(x.sum({0}));
    for (size_t i = 0; i < 3; ++i) weight[i] -= 0.5 * 3 * sums[i];
  }
  std::vector<double> trained = values(model, "weight");
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(trained[i], weight[i], 1e-5);
  EXPECT_THAT(values(model, "grad.weight"), ElementsAre(0, 0, 0));
}

TEST(Features, G6_the_state_is_a_safetensors_file_that_starts_at_a_page) {
  Training training;
  ASSERT_TRUE(Bundle("net").add("predict", training.predict()).write(file("cut.etch")).ok());
  std::string bytes = bytes_of(file("cut.etch"));
  auto number = [&](size_t at) {
    uint64_t value;
    std::memcpy(&value, bytes.data() + at, 8);
    return value;
  };
  // The last entry of the table, see docs/bundle_format.md.
  size_t entry = 64 + 64 * ((number(8) >> 32) - 1);
  uint64_t offset = number(entry + 8), length = number(entry + 16);
  EXPECT_EQ(offset % 4096, 0u);
  std::ofstream(file("cut.safetensors"), std::ios::binary) << bytes.substr(offset, length);
  nn::StateDict state = load_state(file("cut.safetensors")).value();
  EXPECT_EQ(testing::values_of(state.at("fc1.weight")),
            testing::values_of(training.net->fc1->weight));
  for (const auto& [name, value] : state) {
    std::string raw(static_cast<const char*>(value.view().data), value.view().size_bytes());
    EXPECT_EQ(bytes.find(raw, offset + 8 + number(offset)) % 64, 0u) << name;
  }
}

TEST(Features, G6_the_same_model_gives_the_same_bytes_without_traces_of_the_machine) {
  Training training;
  Bundle bundle("net");
  bundle.add("predict", training.predict())
      .add("train_step", training.train_step().compile().value());
  ASSERT_TRUE(bundle.write(file("one.etch")).ok());
  ASSERT_TRUE(bundle.write(file("two.etch")).ok());
  std::string bytes = bytes_of(file("one.etch"));
  EXPECT_EQ(bytes, bytes_of(file("two.etch")));
  ASSERT_TRUE(load(file("one.etch")).save(file("three.etch")).ok());
  EXPECT_EQ(bytes, bytes_of(file("three.etch")));

  char host[256] = {};
  gethostname(host, sizeof host - 1);
  for (std::string leftover : {std::filesystem::current_path().string(), std::string(host),
                               std::filesystem::temp_directory_path().string() + "/",
                               std::string("_test.cc"), std::string(".o")})
    EXPECT_THAT(bytes, Not(HasSubstr(leftover + '\0'))) << leftover;
  EXPECT_THAT(bytes, Not(HasSubstr(std::filesystem::current_path().string())));
}

TEST(Features, G6_a_bundle_for_lesser_processors_asks_for_less) {
  Training training;
  Program program = training.predict();
  CompileOptions lesser{.target_features = "-avx512f"};
  ASSERT_TRUE(Bundle("net").add("predict", program, lesser).write(file("avx2.etch")).ok());
  runtime::Model model = load(file("avx2.etch"));
  EXPECT_THAT(model.code("predict")->features, Not(Contains("avx512f")));
  runtime::ModelSession session = model.new_session();
  Tensor x = ramp({4, 6});
  EXPECT_EQ(predict(session, x), floats(program.compile(lesser).value().run({x}).value()[0]));
}

// One file for several processors; whole models at each level of the ABI that this one runs.
TEST(Features, G6_a_bundle_holds_code_for_several_levels_and_the_best_is_taken) {
  Training training;
  Program program = training.predict();
  Tensor x = ramp({4, 6});
  std::vector<std::string> levels = {"x86-64-v2", "x86-64-v4", "x86-64", "x86-64-v3"};
  ASSERT_TRUE(Bundle("net", levels).add("predict", program).write(file("all.etch")).ok());
  runtime::Model model = load(file("all.etch"));
  EXPECT_THAT(model.programs(), ::testing::ElementsAre("predict"));
  runtime::ModelSession best = model.new_session();
  std::vector<float> expected = predict(best, x);
  size_t most = 0;
  for (const std::string& level : levels) {
    auto alone = program.compile({.target = level});
    if (!alone.ok()) {
      EXPECT_THAT(std::string(alone.status().message()), HasSubstr("which this processor lacks"));
      continue;
    }
    std::vector<float> values = floats(alone.value().run({x}).value()[0]);
    for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-5) << level;
    ASSERT_TRUE(Bundle("net", {level}).add("predict", program).write(file("one.etch")).ok());
    runtime::Model one = load(file("one.etch"));
    most = std::max(most, one.code("predict")->features.size());
  }
  EXPECT_EQ(model.code("predict")->features.size(), most);
}

// What compiled code calls of the C library, the runtime has.
TEST(Features, G6_functions_of_mathematics_are_there_on_every_target) {
  auto all = [](Tensor x) {
    Tensor positive = abs(x) + 0.5;
    return sin(x) + cos(x) + tan(x) + exp(x) + exp2(x) + expm1(x) + log(positive) + log2(positive) +
           log10(positive) + log1p(positive) + rsqrt(positive) + erf(x) + sinh(x) + cosh(x) +
           tanh(x) + asin(x) + acos(x) + atan(x) + floor(x) + ceil(x) + round(x) + trunc(x) +
           pow(positive, x) + fmod(x, positive) + remainder(x, positive) + atan2(x, positive) +
           sigmoid(x);
  };
  for (DType dtype : {f16, bf16, f32, f64}) {
    for (const char* features : {"", "-avx512f", "-avx512f,-avx"}) {
      Program program = trace(all, {spec(dtype, {5}, "x")}).value();
      CompileOptions options{.target_features = features};
      absl::Status status = Bundle("all").add("all", program, options).write(file("all.etch"));
      ASSERT_TRUE(status.ok()) << dtype << features << ": " << status;
      runtime::ModelSession session = load(file("all.etch")).new_session();
      Tensor x = ramp({5}).to(dtype);
      std::vector<std::byte> bytes(5 * size_of(dtype));
      const Shape shape = {5};
      ASSERT_TRUE(
          session.run("all", {{"x", x.view()}}, {{"out0", {bytes.data(), dtype, shape}}}).ok());
      Tensor expected = program.compile(options).value().run({x}).value()[0];
      EXPECT_EQ(std::memcmp(bytes.data(), expected.view().data, bytes.size()), 0)
          << dtype << features;
    }
  }
}

TEST(Features, G6_programs_of_other_tensors_under_one_path_are_refused) {
  Training one, other;
  Bundle bundle("net");
  bundle.add("predict", one.predict());
  EXPECT_THAT(error_of([&] { bundle.add("train_step", other.train_step()); }),
              HasSubstr("programs \"predict\" and \"train_step\" have different tensors under the "
                        "path \"fc1."));
  bundle.add("train_step", one.train_step());  // Nothing of the refused one is left.
}

TEST(Features, G6_captured_tensors_and_models_in_half_precision_are_part) {
  auto net = nn::make<Net>();
  net->to(bf16);
  net->eval();
  Tensor shift = ramp({3}), scale = ramp({6});
  Program a = trace([&](Tensor x) { return net(x * scale.to(bf16)).to(f32) + shift; },
                    {spec(bf16, {4, 6}, "x")})
                  .value();
  Program b = trace([&](Tensor x) { return x + shift; }, {spec(f32, {3}, "x")}).value();
  ASSERT_TRUE(Bundle("half").add("a", a).add("b", b).write(file("half.etch")).ok());
  runtime::Model model = load(file("half.etch"));
  runtime::ModelSession session = model.new_session();
  Tensor x = ramp({4, 6}).to(bf16), y = ramp({3}) + 1;
  std::vector<float> out(12), sum(3);
  const Shape out_shape = {4, 3}, sum_shape = {3};
  ASSERT_TRUE(session.run("a", {{"x", x.view()}}, {{"out0", writable(out, out_shape)}}).ok());
  ASSERT_TRUE(session.run("b", {{"x", y.view()}}, {{"out0", writable(sum, sum_shape)}}).ok());
  EXPECT_EQ(out, floats(a.compile().value().run({x}).value()[0]));
  EXPECT_EQ(sum, floats(y + shift));
  EXPECT_TRUE(model.read("captured.1").ok());
  EXPECT_FALSE(model.read("captured.2").ok());
}

// Each program counts the tensors without a path from 0.
TEST(Features, G6_cells_without_a_path_are_told_apart) {
  auto cell = [](float factor) {
    return frontend::make_cell(ramp({3}) * factor, CellKind::kParameter, "");
  };
  Tensor p = cell(1), q = cell(2), r = cell(3);
  p.requires_grad_();
  Program a = trace(
                  [&](Tensor x) {
                    (p + x).sum().backward();
                    return q + x;
                  },
                  {spec(f32, {3}, "x")})
                  .value();
  Program b = trace([&](Tensor x) { return x + r; }, {spec(f32, {3}, "x")}).value();
  absl::Status status = Bundle("captured").add("a", a).add("b", b).write(file("captured.etch"));
  ASSERT_TRUE(status.ok()) << status;
  runtime::Model model = load(file("captured.etch"));
  std::vector<std::string> names;
  for (const runtime::StateInfo& info : model.state()) {
    names.push_back(info.name);
    EXPECT_THAT(info.aliases, IsEmpty()) << info.name;
  }
  EXPECT_THAT(names, ElementsAre("captured.0", "captured.2", "grad.captured.1"));
  EXPECT_EQ(values(model, "captured.0"), testing::values_of(q));
  EXPECT_EQ(values(model, "captured.2"), testing::values_of(r));
}

}  // namespace
}  // namespace etch
