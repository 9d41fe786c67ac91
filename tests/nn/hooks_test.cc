#include "etch/nn/hooks.h"

#include <cmath>

#include "etch/etch.h"
#include "testing.h"

namespace etch::nn {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

struct Double : Module {
  Tensor forward(Tensor x) { return x * 2; }
};

struct Net : Module {
  Child<Double> twice{this, "twice"};
  Tensor forward(Tensor x) { return twice(x) + 1; }
};

Tensor vec(std::vector<float> values) {
  auto n = static_cast<int64_t>(values.size());
  return Tensor::from_data(values, {n});
}

TEST(Hooks, RunInOrderOfRegistrationEachSeeingWhatTheEarlierChanged) {
  auto net = make<Net>();
  std::vector<std::string> log;
  net->twice->register_forward_pre_hook([&](Module&, Inputs in) {
    log.push_back("pre1");
    return in[0] + 1;
  });
  net->twice->register_forward_pre_hook([&](Module&, Inputs in) -> std::optional<Tensor> {
    log.push_back("pre2");
    return in[0] * 10;
  });
  net->twice->register_forward_hook([&](Module& module, Inputs in, Tensor out) {
    log.push_back("hook1 of " + module.type_name());
    return out + in[0];
  });
  net->twice->register_forward_hook([&](Module&, Inputs, Tensor out) { log.push_back("hook2"); });
  // pre: (1 + 1) * 10 = 20; forward 40; hook 60; +1.
  EXPECT_THAT(net(vec({1})).to_vector<float>(), ElementsAre(61));
  EXPECT_THAT(log, ElementsAre("pre1", "pre2", "hook1 of Double", "hook2"));
}

TEST(Hooks, RemoveTakesEffectAtTheNextCallAndOnce) {
  auto net = make<Net>();
  HookHandle handle =
      net->twice->register_forward_hook([](Module&, Inputs, Tensor out) { return out * 0; });
  EXPECT_THAT(net(vec({1})).to_vector<float>(), ElementsAre(1));
  handle.remove();
  handle.remove();
  EXPECT_THAT(net(vec({1})).to_vector<float>(), ElementsAre(3));
}

TEST(Hooks, OutliveTheirHandleAndMayOutliveTheirModule) {
  HookHandle handle;
  {
    auto net = make<Net>();
    handle = net->register_forward_hook([](Module&, Inputs, Tensor) {});
  }
  handle.remove();
}

TEST(Hooks, AHookMayRegisterAndRemoveHooks) {
  auto net = make<Net>();
  int calls = 0;
  HookHandle self;
  self = net->register_forward_hook([&](Module& module, Inputs, Tensor) {
    self.remove();
    module.register_forward_hook([&](Module&, Inputs, Tensor) { ++calls; });
  });
  net(vec({1}));
  EXPECT_EQ(calls, 0);
  net(vec({1}));
  EXPECT_EQ(calls, 1);
}

TEST(Hooks, ReplacingMoreOrFewerTensorsIsAnError) {
  auto net = make<Net>();
  net->twice->register_forward_pre_hook([](Module&, Inputs in) { return Inputs{in[0], in[0]}; });
  EXPECT_THAT(error_of([&] { net(vec({1})); }),
              AllOf(HasSubstr("twice: Double"), HasSubstr("2 tensors to replace 1")));
}

TEST(Hooks, GraphHooksAreDifferentiated) {
  auto net = make<Net>();
  net->twice->register_forward_hook([](Module&, Inputs, Tensor out) { return out * out; });
  Tensor x = vec({3}).requires_grad_();
  net(x).sum().backward();
  EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(24));  // d(2x)^2 = 8x
}

TEST(Hooks, CompiledProgramsAreNeverStale) {
  auto net = make<Net>();
  auto f = compile([&](Tensor x) { return net(x); });
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(3));
  HookHandle handle =
      net->twice->register_forward_hook([](Module&, Inputs, Tensor out) { return out * 10; });
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(21));
  EXPECT_EQ(f.num_compilations(), 2);
  EXPECT_THAT(f(vec({2})).to_vector<float>(), ElementsAre(41));
  EXPECT_EQ(f.num_compilations(), 2);
  handle.remove();
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(3));
  EXPECT_THAT(f.explain(), HasSubstr("twice.hooks"));
}

TEST(Hooks, ATrainingModeChangeIsSeenByCompiledPrograms) {
  struct Mode : Module {
    Child<Dropout> drop{this, "drop", 1.0};
    Tensor forward(Tensor x) { return drop(x) + 1; }
  };
  auto net = make<Mode>();
  auto f = compile([&](Tensor x) { return net(x); });
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(1));
  net->eval();
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(2));
  EXPECT_THAT(f.explain(), HasSubstr("training changed from true to false"));
  net->drop->training = true;
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(1));
  net->eval();
  f(vec({1}));
  EXPECT_EQ(f.num_compilations(), 2);  // in each case one of two programs
}

TEST(Hooks, SettingsAreSeenByCompiledPrograms) {
  struct Repeat : Module {
    Setting<int64_t> times{this, "times", 3};
    Tensor forward(Tensor x) {
      for (int64_t i = 0; i < times; ++i) x = x * 2;
      return x;
    }
  };
  auto net = make<Repeat>();
  auto f = compile([&](Tensor x) { return net(x); });
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(8));
  net->times = 5;
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(32));
  net->times = 3;
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(8));
}

TEST(Hooks, ChangesOfTheTreeAreSeenByCompiledPrograms) {
  struct Chain : Module {
    Child<ModuleList<Double>> steps{this, "steps", 1, [] { return make<Double>(); }};
    Child<Sequential> rest{this, "rest", make<Double>()};
    Tensor forward(Tensor x) {
      for (auto& step : steps) x = step(x);
      return rest(x);
    }
  };
  auto net = make<Chain>();
  auto f = compile([&](Tensor x) { return net(x); });
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(4));
  net->steps->append(make<Double>());
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(8));
  net->rest->append(make<ReLU>());
  EXPECT_THAT(f(vec({-1})).to_vector<float>(), ElementsAre(0));
  net->rest = make<Sequential>();
  EXPECT_THAT(f(vec({1})).to_vector<float>(), ElementsAre(4));
  EXPECT_EQ(f.num_compilations(), 4);
}

TEST(Hooks, FreezingAndTyingAreSeenByCompiledPrograms) {
  struct Pair : Module {
    Parameter a{this, "a", ones({2})}, b{this, "b", zeros({2})};
    Tensor forward(Tensor x) { return x * a + b; }
  };
  auto net = make<Pair>();
  auto f = compile([&](Tensor x) {
    net->zero_grad();
    Tensor y = net(x).sum();
    y.backward();
    return y;
  });
  EXPECT_EQ(f(vec({1, 2})).item<float>(), 3);
  EXPECT_TRUE(net->b.grad().defined());
  net->b.requires_grad_(false);
  f(vec({1, 2}));
  EXPECT_FALSE(net->b.grad().defined());
  EXPECT_THAT(f.explain(), HasSubstr("b.requires_grad changed from true to false"));
  net->b.tie(net->a);
  EXPECT_EQ(f(vec({1, 2})).item<float>(), 5);
  EXPECT_THAT(net->a.grad().to_vector<float>(), ElementsAre(2, 3));
}

TEST(Hooks, GraphHooksAndTapsSurviveExport) {
  auto net = make<Net>();
  std::vector<double> seen;
  net->twice->register_forward_hook([](Module&, Inputs, Tensor out) { return out * 10; });
  net->twice->register_forward_hook(
      [&](Module&, InputViews, TensorView out) { seen.push_back(out.at(0)); });
  absl::StatusOr<Program> program = trace(net, {spec(f32, {1}, "x")});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_THAT(program->mlir_text(), HasSubstr("twice"));  // the tap's output
  absl::StatusOr<Executable> executable = program->compile();
  ASSERT_TRUE(executable.ok()) << executable.status();
  EXPECT_THAT(executable->run({vec({2})})->at(0).to_vector<float>(), ElementsAre(41));
  EXPECT_THAT(seen, ElementsAre(40));
}

TEST(Taps, GetValuesWhenEagerCodeIsEvaluated) {
  auto net = make<Net>();
  std::vector<double> seen;
  net->twice->register_forward_hook([&](Module&, InputViews in, TensorView out) {
    seen = {in[0].at(0), out.at(0), out.norm()};
  });
  Tensor y = net(vec({3, 4}));
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(7, 9));
  EXPECT_THAT(seen, ElementsAre(3, 6, 10));
}

TEST(Taps, GetValuesAfterEachRunOfACompiledProgram) {
  auto net = make<Net>();
  std::vector<double> seen;
  HookHandle handle = net->twice->register_forward_hook(
      [&](Module&, InputViews, TensorView out) { seen.push_back(out.at(0)); });
  net->register_forward_pre_hook([&](Module&, InputViews in) { seen.push_back(-in[0].at(0)); });
  auto f = compile([&](Tensor x) { return net(x); });
  f(vec({1}));
  f(vec({5}));
  EXPECT_EQ(f.num_compilations(), 1);
  EXPECT_THAT(seen, ElementsAre(-1, 2, -5, 10));
  handle.remove();
  f(vec({7}));
  EXPECT_THAT(seen, ElementsAre(-1, 2, -5, 10, -7));
}

TEST(Taps, DoNotChangeResultsOrGradients) {
  auto net = make<Net>();
  net->twice->register_forward_hook([](Module&, InputViews, TensorView) {});
  Tensor x = vec({3}).requires_grad_();
  net(x).sum().backward();
  EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(2));
}

TEST(Taps, SeveralOutputsComeAsViews) {
  struct Two : Module {
    std::pair<Tensor, Tensor> forward(Tensor x) { return {x, x * 3}; }
  };
  auto net = make<Two>();
  std::vector<double> seen;
  net->register_forward_hook([&](Module&, InputViews, OutputViews out) {
    for (const TensorView& view : out) seen.push_back(view.at(0));
  });
  net(vec({2})).second.to_vector<float>();
  EXPECT_THAT(seen, ElementsAre(2, 6));
}

}  // namespace
}  // namespace etch::nn
