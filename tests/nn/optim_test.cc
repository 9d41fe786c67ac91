// Optimizers against trajectories of PyTorch (golden/make_golden.py).
#include <cmath>
#include <limits>

#include "etch/etch.h"
#include "testing.h"

namespace etch::nn {
namespace {

using optim::AdamW;
using optim::SGD;
using ::testing::ElementsAre;
using testing::error_of;
using testing::expect_golden;
using ::testing::HasSubstr;
using testing::ramp;
using ::testing::UnorderedElementsAre;
using testing::values_of;

struct Weights : Module {
  Parameter w{this, "w", ramp({3, 4})};
  Parameter b{this, "b", ramp({4})};
};

// Five steps, the last two with half the learning rate.
template <typename Step>
void run_trajectory(optim::Optimizer& optimizer, Step&& step) {
  for (int i = 0; i < 5; ++i) {
    if (i == 3) optimizer.set_lr(optimizer.lr() * 0.5);
    step();
  }
}

template <typename O>
void expect_trajectory(const std::string& name, const typename O::Options& options) {
  Tensor x = ramp({5, 3});
  auto training_step = [&](Weights& net, O& optimizer) {
    optimizer.zero_grad();
    square(matmul(x, net.w)).mean().backward();
    optimizer.step();
  };
  auto eager = make<Weights>();
  O eager_optimizer({eager->w}, options);
  run_trajectory(eager_optimizer, [&] { training_step(*eager, eager_optimizer); });
  expect_golden(eager->w, "optim." + name);

  auto compiled = make<Weights>();
  O optimizer({compiled->w}, options);
  auto step = compile([&] { training_step(*compiled, optimizer); });
  run_trajectory(optimizer, step);
  expect_golden(compiled->w, "optim." + name);
  // Neither the state that the first step made nor the learning rate compiles again.
  EXPECT_EQ(step.num_compilations(), 1) << name << "\n" << step.explain();
}

TEST(Optim, SgdFollowsPyTorch) {
  expect_trajectory<SGD>("sgd", {.lr = 0.1});
  expect_trajectory<SGD>("sgd_momentum", {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01});
  expect_trajectory<SGD>("sgd_nesterov", {.lr = 0.1, .momentum = 0.9, .nesterov = true});
  expect_trajectory<SGD>("sgd_dampening", {.lr = 0.1, .momentum = 0.9, .dampening = 0.3});
}

TEST(Optim, AdamAndAdamWFollowPyTorch) {
  expect_trajectory<optim::Adam>("adam", {.lr = 0.01, .weight_decay = 0.1});
  expect_trajectory<AdamW>("adamw", {.lr = 0.01, .betas = {0.8, 0.95}, .weight_decay = 0.1});
}

TEST(Optim, GroupsHaveTheirOwnOptions) {
  auto net = make<Weights>();
  std::vector<double> w = values_of(net->w), b = values_of(net->b);
  SGD optimizer(
      {{.params = {net->w}, .options = {.lr = 0.5}}, {.params = {net->b}, .options = {.lr = 2}}});
  net->w.sum().backward();
  net->b.sum().backward();
  optimizer.set_lr(1, 0.25);
  optimizer.step();
  EXPECT_NEAR(values_of(net->w)[0], w[0] - 0.5, 1e-6);
  EXPECT_NEAR(values_of(net->b)[0], b[0] - 0.25, 1e-6);
  EXPECT_EQ(optimizer.lr(0), 0.5);
  EXPECT_EQ(optimizer.lr(1), 0.25);
}

TEST(Optim, ParametersWithoutGradientStay) {
  auto net = make<Weights>();
  AdamW optimizer(net->parameters(), {.lr = 0.1, .weight_decay = 0.5});
  std::vector<double> b = values_of(net->b);
  net->w.sum().backward();
  optimizer.step();
  EXPECT_EQ(values_of(net->b), b);
  EXPECT_EQ(optimizer.num_steps(), 1);
}

TEST(Optim, AParameterThatJoinsLaterCountsItsOwnSteps) {
  auto net = make<Weights>();
  net->b.requires_grad_(false);
  AdamW optimizer(net->parameters(), {.lr = 0.1, .weight_decay = 0});
  auto step = [&] {
    optimizer.zero_grad();
    (net->w.sum() + net->b.sum()).backward();
    optimizer.step();
  };
  for (int i = 0; i < 3; ++i) step();
  net->b.requires_grad_(true);
  std::vector<double> before = values_of(net->b);
  step();
  // The first update of Adam has the size of the learning rate, whatever the gradient.
  EXPECT_NEAR(values_of(net->b)[0], before[0] - 0.1, 1e-5);
  EXPECT_EQ(optimizer.state_dict().at("optim.step").item<int64_t>(), 4);
  EXPECT_EQ(optimizer.state_dict().at("optim.step.b").item<int64_t>(), 1);
}

TEST(Optim, ZeroGradEmptiesOrFillsWithZeros) {
  auto net = make<Weights>();
  SGD optimizer(net->parameters());
  net->w.sum().backward();
  optimizer.zero_grad(/*set_to_none=*/false);
  EXPECT_EQ(values_of(net->w.grad()), std::vector<double>(12, 0));
  EXPECT_FALSE(net->b.grad().defined());
  optimizer.zero_grad();
  EXPECT_FALSE(net->w.grad().defined());
}

TEST(Optim, RefusesOptionsOutOfRange) {
  auto net = make<Weights>();
  EXPECT_THAT(error_of([&] { SGD({net->w}, {.lr = -1}); }), HasSubstr("negative"));
  EXPECT_THAT(error_of([&] { SGD({net->w}, {.nesterov = true}); }), HasSubstr("nesterov wants"));
  EXPECT_THAT(error_of([&] { SGD({net->w, net->w}); }), HasSubstr("w is there twice"));
  EXPECT_THAT(error_of([&] { SGD(std::vector<Tensor>{}); }), HasSubstr("no parameters"));
  EXPECT_THAT(error_of([&] {
                AdamW({net->w}, {.betas = {1.0, 0.9}});
              }),
              HasSubstr("not in [0, 1)"));
}

TEST(Optim, SettingTheLearningRateWhileTracingIsAnError) {
  auto net = make<Weights>();
  SGD optimizer(net->parameters());
  auto step = compile([&] { optimizer.set_lr(0.1); });
  EXPECT_THAT(error_of([&] { step(); }), HasSubstr("do so outside"));
}

TEST(Optim, StateHasTheNamesOfItsParametersAndLoadsIntoAFreshOptimizer) {
  auto net = make<Weights>();
  auto step = [](Weights& net, AdamW& optimizer) {
    optimizer.zero_grad();
    square(matmul(ramp({5, 3}), net.w) + net.b).mean().backward();
    optimizer.step();
  };
  AdamW optimizer(net->parameters());
  optimizer.set_lr(0.02);
  step(*net, optimizer);
  step(*net, optimizer);
  std::vector<std::string> names;
  for (const auto& [name, value] : optimizer.state_dict()) names.push_back(name);
  EXPECT_THAT(names,
              UnorderedElementsAre("optim.lr", "optim.beta1", "optim.beta2", "optim.eps",
                                   "optim.weight_decay", "optim.step", "optim.exp_avg.w",
                                   "optim.exp_avg_sq.w", "optim.exp_avg.b", "optim.exp_avg_sq.b"));

  auto copy = net.clone();
  AdamW resumed(copy->parameters());
  resumed.load_state_dict(optimizer.state_dict().snapshot());
  EXPECT_EQ(resumed.lr(), 0.02);
  EXPECT_EQ(resumed.num_steps(), 2);
  step(*net, optimizer);
  step(*copy, resumed);
  EXPECT_EQ(values_of(copy->w), values_of(net->w));
  EXPECT_EQ(values_of(copy->b), values_of(net->b));
}

TEST(Optim, LoadingWhatDoesNotFitChangesNothing) {
  auto net = make<Weights>();
  AdamW optimizer(net->parameters());
  StateDict state{{"optim.lr", Tensor::scalar(0.5, f64)},
                  {"optim.step", Tensor::from_data(std::vector<int64_t>{3}, {})},
                  {"optim.exp_avg.w", zeros({3, 4})},
                  {"optim.exp_avg_sq.w", zeros({4, 3})}};
  EXPECT_THAT(error_of([&] { optimizer.load_state_dict(state); }),
              HasSubstr("optim.exp_avg_sq.w: f32 [4, 3] in the state, f32 [3, 4] here"));
  EXPECT_EQ(optimizer.lr(), 1e-3);
  EXPECT_EQ(optimizer.num_steps(), 0);
}

TEST(Optim, AThrowWhileTracingLeavesEveryCellAsItWas) {
  auto net = make<Weights>();
  AdamW optimizer(net->parameters(), {.lr = 0.1});
  bool fail = false;
  auto step = compile([&](Tensor x) {
    optimizer.zero_grad();
    square(matmul(x, net->w) + net->b).mean().backward();
    optimizer.step();
    if (fail) matmul(x, net->b.reshape({2, 2}));
  });
  step(ramp({5, 3}));
  StateDict weights = net->state_dict().snapshot(), state = optimizer.state_dict().snapshot();
  fail = true;
  EXPECT_THAT(error_of([&] { step(ramp({6, 3})); }), HasSubstr("matmul"));
  for (const auto& [name, value] : weights)
    EXPECT_EQ(values_of(net->state_dict().at(name)), values_of(value)) << name;
  for (const auto& [name, value] : state)
    EXPECT_EQ(values_of(optimizer.state_dict().at(name)), values_of(value)) << name;
  step(ramp({5, 3}));
  EXPECT_EQ(optimizer.num_steps(), 2);
}

TEST(Clip, ScalesGradientsToTheNormAndReturnsTheNormBefore) {
  for (auto [type, name] :
       {std::pair(2.0, "2"), {1.0, "1"}, {std::numeric_limits<double>::infinity(), "inf"}}) {
    auto net = make<Weights>();
    square(matmul(ramp({5, 3}), net->w) + net->b).sum().backward();
    Tensor norm = utils::clip_grad_norm_(net->parameters(), 0.5, type);
    expect_golden(norm, "clip." + std::string(name) + ".norm");
    expect_golden(net->w.grad(), "clip." + std::string(name) + ".w");
  }
}

TEST(Clip, LeavesSmallGradientsAndMissingOnes) {
  auto net = make<Weights>();
  EXPECT_EQ(utils::clip_grad_norm_(net->parameters(), 1).item<float>(), 0);
  net->b.sum().backward();
  EXPECT_NEAR(utils::clip_grad_norm_(net->parameters(), 10).item<float>(), 2, 1e-6);
  EXPECT_THAT(values_of(net->b.grad()), ElementsAre(1, 1, 1, 1));
  EXPECT_FALSE(net->w.grad().defined());
  EXPECT_THAT(error_of([&] { utils::clip_grad_norm_(net->parameters(), 1, -2); }),
              HasSubstr("norm_type"));
}

}  // namespace
}  // namespace etch::nn
