// Calling modules: any signature of forward(), paths, errors.
#include "etch/nn/call.h"

#include <map>

#include "etch/etch.h"
#include "testing.h"

namespace etch::nn {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

Tensor vec(std::vector<float> values) {
  auto n = static_cast<int64_t>(values.size());
  return Tensor::from_data(values, {n});
}

struct Encoded {
  Tensor mean;
  std::optional<Tensor> spread;
  int64_t count = 0;
  std::vector<Tensor> parts;
};

struct Encoder : Module {
  Encoded forward(std::optional<Tensor> image, std::optional<Tensor> text, int64_t count) {
    Encoded out;
    out.mean = image ? *image + 1 : *text * 2;
    if (image && text) out.spread = *image - *text;
    out.count = count;
    out.parts = {out.mean, out.mean * 10};
    return out;
  }
};

TEST(Call, ForwardMayTakeAndReturnStructsOptionalsAndLists) {
  auto encoder = make<Encoder>();
  Encoded both = encoder(std::optional(vec({1, 2})), std::optional(vec({5, 5})), 7);
  EXPECT_THAT(both.mean.to_vector<float>(), ElementsAre(2, 3));
  EXPECT_THAT(both.spread->to_vector<float>(), ElementsAre(-4, -3));
  EXPECT_EQ(both.count, 7);
  Encoded text = encoder(std::nullopt, std::optional(vec({4})), 1);
  EXPECT_THAT(text.parts[1].to_vector<float>(), ElementsAre(80));
  EXPECT_FALSE(text.spread.has_value());
}

TEST(Call, HooksSeeAndReplaceTheTensorsInAStruct) {
  auto encoder = make<Encoder>();
  size_t inputs = 0;
  encoder->register_forward_pre_hook([&](Module&, Inputs in) {
    inputs = in.size();
    in[0] = in[0] * 100;
    return in;
  });
  encoder->register_forward_hook([](Module&, Inputs, Outputs out) {
    out[1] = out[1] + 0.5;
    return out;
  });
  Encoded both = encoder(std::optional(vec({1})), std::optional(vec({5})), 7);
  EXPECT_EQ(inputs, 2u);
  EXPECT_THAT(both.mean.to_vector<float>(), ElementsAre(101));
  EXPECT_THAT(both.spread->to_vector<float>(), ElementsAre(95.5));
  EXPECT_EQ(both.count, 7);
}

struct TwoOutputs : Module {
  std::tuple<Tensor, Tensor> forward(Tensor x, double factor = 2) { return {x, x * factor}; }
};

TEST(Call, DefaultArgumentsOfForwardApply) {
  auto net = make<TwoOutputs>();
  auto [same, twice] = net(vec({3}));
  EXPECT_THAT(twice.to_vector<float>(), ElementsAre(6));
  EXPECT_THAT(std::get<1>(net(vec({3}), 5)).to_vector<float>(), ElementsAre(15));
}

TEST(Call, ATensorHookOnSeveralOutputsSaysWhatToTake) {
  auto net = make<TwoOutputs>();
  net->register_forward_hook([](Module&, Inputs, Tensor) {});
  EXPECT_THAT(error_of([&] { net(vec({3})); }),
              AllOf(HasSubstr("returns 2"), HasSubstr("nn::Outputs")));
}

struct Dict : Module {
  std::map<std::string, Tensor> forward(const std::map<std::string, Tensor>& in) {
    std::map<std::string, Tensor> out;
    for (const auto& [name, x] : in) out[name + "!"] = x + 1;
    return out;
  }
};

TEST(Call, ForwardMayTakeAndReturnMaps) {
  auto net = make<Dict>();
  net->register_forward_pre_hook([](Module&, Inputs in) {
    for (Tensor& x : in) x = x * 2;
    return in;
  });
  auto out = net(std::map<std::string, Tensor>{{"a", vec({1})}, {"b", vec({2})}});
  EXPECT_THAT(out["a!"].to_vector<float>(), ElementsAre(3));
  EXPECT_THAT(out["b!"].to_vector<float>(), ElementsAre(5));
}

struct PathLogger : Module {
  std::vector<std::string>* log;
  explicit PathLogger(std::vector<std::string>* log) : log(log) {}
  Tensor forward(Tensor x) {
    log->push_back(frontend::ModuleScope::current_path());
    return x;
  }
};

struct Inner : Module {
  Child<PathLogger> leaf;
  explicit Inner(std::vector<std::string>* log) : leaf(this, "leaf", log) {}
  Tensor forward(Tensor x) { return leaf(x); }
};

struct Outer : Module {
  std::vector<std::string>* log;
  Child<ModuleList<Inner>> h{this, "h", 2, [this] { return make<Inner>(log); }};
  Child<Sequential> seq{this, "seq", make<Inner>(log)};
  Child<Inner> shared{this, "shared", h[0]};
  explicit Outer(std::vector<std::string>* log) : log(log) {}
  Tensor forward(Tensor x) {
    for (auto& inner : h) x = inner(x);
    return shared(seq(x));
  }
};

TEST(Call, OpsAreRecordedUnderTheDottedPath) {
  std::vector<std::string> log;
  auto net = make<Outer>(&log);
  net(vec({1}));
  EXPECT_THAT(log, ElementsAre("h.0.leaf", "h.1.leaf", "seq.0.leaf", "h.0.leaf"));
  log.clear();
  net->h[1]->leaf(vec({1}));
  EXPECT_THAT(log, ElementsAre("h.1.leaf"));
  EXPECT_EQ(frontend::ModuleScope::current_path(), "");
}

TEST(Call, AnErrorNamesModulePathShapesAndTheUsersLine) {
  struct Net : Module {
    Child<Sequential> body{this, "body", make<Linear>({.in_features = 4, .out_features = 3}),
                           make<ReLU>()};
    Tensor forward(Tensor x) { return body(x); }
  };
  auto net = make<Net>();
  unsigned line = std::source_location::current().line() - 3;
  std::string error = error_of([&] { net(zeros({2, 5})); });
  EXPECT_THAT(error, HasSubstr("body.0: linear: "));
  EXPECT_THAT(error, HasSubstr("(call_test.cc:" + std::to_string(line) + ")"));
  EXPECT_THAT(error, AllOf(HasSubstr("5"), HasSubstr("[3, 4]")));
  EXPECT_EQ(frontend::ModuleScope::current_path(), "");
}

TEST(Call, AModuleOfUnknownTypeMapsOneTensorToOne) {
  ModuleHandle<Module> relu = make<ReLU>();
  EXPECT_THAT(relu(vec({-1, 2})).to_vector<float>(), ElementsAre(0, 2));
  ModuleHandle<Module> two = make<TwoOutputs>();
  EXPECT_THAT(error_of([&] { two(vec({1})); }), HasSubstr("does not map one tensor to one tensor"));
}

TEST(Call, AHandleIsAFunctionForCompileAndTrace) {
  auto net = make<Linear>({.in_features = 3, .out_features = 2});
  Tensor x = testing::ramp({4, 3});
  EXPECT_EQ(compile(net)(x).to_vector<float>(), net(x).to_vector<float>());
  absl::StatusOr<Program> program = trace(net, {spec(f32, {4, 3}, "x")});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->inputs()[1].path, "weight");
  static_assert(!std::is_invocable_v<ModuleHandle<Linear>&>);
  static_assert(!std::is_invocable_v<ModuleHandle<Linear>&, Tensor, Tensor>);
}

TEST(Call, ABufferAssignedInForwardKeepsItsValue) {
  struct Centre : Module {
    Buffer mean{this, "mean", zeros({2})};
    Tensor forward(Tensor x) {
      mean = 0.5 * mean + 0.5 * x.mean({0});
      return x - mean;
    }
  };
  auto net = make<Centre>();
  Tensor x = Tensor::from_data(std::vector<float>{2, 4, 6, 8}, {2, 2});
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(net->mean.to_vector<float>(), ElementsAre(2, 3));
  auto step = compile([&](Tensor x) { return net(x); });
  EXPECT_THAT(step(x).to_vector<float>(), ElementsAre(-1, -0.5, 3, 3.5));
  EXPECT_THAT(net->mean.to_vector<float>(), ElementsAre(3, 4.5));
}

TEST(Call, SequentialPartsCanBeTakenForAFeatureExtractor) {
  auto net = make<Sequential>(make<Linear>({.in_features = 2, .out_features = 2}), make<ReLU>(),
                              make<Softmax>(-1));
  Tensor x = Tensor::from_data(std::vector<float>{1, 2}, {1, 2});
  auto children = net->children();
  children.pop_back();
  auto features = make<Sequential>(children);
  EXPECT_EQ(features(x).to_vector<float>(), relu(net[0](x)).to_vector<float>());
  EXPECT_EQ(net->slice(0, 2)(x).to_vector<float>(), features(x).to_vector<float>());
}

}  // namespace
}  // namespace etch::nn
