// Optimizers, parameter groups and schedules: trajectories of 50 steps equal PyTorch's
// (tests/golden/optim.py).
#include <functional>
#include <limits>
#include <map>
#include <memory>

#include "etch/tests/features/testing.h"
#include "etch/tests/golden/golden.h"

namespace {

namespace nn = etch::nn;
namespace optim = etch::nn::optim;
using etch::Tensor;
using etch::testing::error_of;
using etch::testing::expect_close;
using ::testing::HasSubstr;

constexpr int kSteps = 50;

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

// Runs `step` and compares the parameters after steps 1, 10, 25 and 50.
void expect_trajectory(const std::string& name, Model& model, const std::function<void()>& step) {
  Tensor expected = golden().tensor(name, "parameters");
  int64_t row = 0;
  for (int i = 1; i <= kSteps; ++i) {
    step();
    if (i != 1 && i != 10 && i != 25 && i != 50) continue;
    Tensor all = etch::cat({model.w.reshape({12}), model.b});
    // PyTorch multiplies by reciprocals here and there; amplified over the steps.
    expect_close(all, select(expected, 0, row++), 1e-9, name + " after step " + std::to_string(i));
  }
}

using Made = std::unique_ptr<optim::Optimizer>;
using Params = std::vector<Tensor>;

template <typename O>
std::function<Made(const Params&)> making(const typename O::Options& options) {
  return [options](const Params& params) { return std::make_unique<O>(params, options); };
}

const std::map<std::string, std::function<Made(const Params&)>>& optimizers() {
  using optim::Adagrad, optim::Adam, optim::AdamW, optim::RMSprop, optim::SGD;
  static const std::map<std::string, std::function<Made(const Params&)>> all = {
      {"sgd", making<SGD>({.lr = 0.1})},
      {"sgd_momentum", making<SGD>({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01})},
      {"sgd_dampening", making<SGD>({.lr = 0.1, .momentum = 0.8, .dampening = 0.3})},
      {"sgd_nesterov",
       making<SGD>({.lr = 0.05, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true})},
      {"sgd_maximize", making<SGD>({.lr = 0.01, .momentum = 0.5, .maximize = true})},
      {"adam", making<Adam>({.lr = 0.01})},
      {"adam_decay",
       making<Adam>({.lr = 0.02, .betas = {0.8, 0.95}, .eps = 1e-6, .weight_decay = 0.1})},
      {"adam_amsgrad", making<Adam>({.lr = 0.05, .betas = {0.5, 0.6}, .amsgrad = true})},
      {"adam_beta0", making<Adam>({.lr = 0.01, .betas = {0, 0.9}, .maximize = true})},
      {"adamw", making<AdamW>({.lr = 0.01})},
      {"adamw_decay", making<AdamW>({.lr = 0.02, .betas = {0.8, 0.95}, .weight_decay = 0.3})},
      {"adamw_amsgrad",
       making<AdamW>({.lr = 0.05, .betas = {0.5, 0.6}, .amsgrad = true, .maximize = true})},
      {"rmsprop", making<RMSprop>({.lr = 0.01})},
      {"rmsprop_centered",
       making<RMSprop>({.lr = 0.01, .alpha = 0.9, .weight_decay = 0.01, .centered = true})},
      {"rmsprop_momentum",
       making<RMSprop>({.lr = 0.005, .alpha = 0.95, .eps = 1e-4, .momentum = 0.9})},
      {"rmsprop_all", making<RMSprop>({.lr = 0.005,
                                       .weight_decay = 0.1,
                                       .momentum = 0.5,
                                       .centered = true,
                                       .maximize = true})},
      {"adagrad", making<Adagrad>({.lr = 0.1})},
      {"adagrad_decay", making<Adagrad>({.lr = 0.1, .lr_decay = 0.05, .weight_decay = 0.1})},
      {"adagrad_initial",
       making<Adagrad>(
           {.lr = 0.2, .initial_accumulator_value = 0.5, .eps = 1e-6, .maximize = true})},
  };
  return all;
}

TEST(Features, G1_optimizers_follow_pytorch) {
  for (const auto& [name, make] : optimizers()) {
    auto model = nn::make<Model>();
    Made optimizer = make(model->parameters());
    auto step = etch::compile([&] {
      optimizer->zero_grad();
      model().backward();
      optimizer->step();
    });
    expect_trajectory("optimizer/" + name, *model, step);
    EXPECT_EQ(step.num_compilations(), 1) << name << "\n" << step.explain();
  }
  EXPECT_EQ(golden().cases("optimizer/").size(), optimizers().size());
}

TEST(Features, G1_eager_loops_train_the_same) {
  for (const char* name : {"sgd_nesterov", "adam_amsgrad", "rmsprop_all", "adagrad_decay"}) {
    auto model = nn::make<Model>();
    Made optimizer = optimizers().at(name)(model->parameters());
    expect_trajectory(std::string("optimizer/") + name, *model, [&] {
      optimizer->zero_grad();
      model().backward();
      optimizer->step();
    });
  }
}

TEST(Features, G1_parameter_groups_have_options_of_their_own) {
  auto model = nn::make<Model>();
  optim::SGD optimizer(
      {{.params = {model->w}, .options = {.lr = 0.2, .momentum = 0.5}},
       {.params = {model->b}, .options = {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.1}}});
  optim::StepLR schedule(optimizer, {.step_size = 10, .gamma = 0.5});
  expect_trajectory("groups/sgd", *model, [&] {
    optimizer.zero_grad();
    model().backward();
    optimizer.step();
    schedule.step();
  });
}

TEST(Features, G1_add_param_group_trains_more_parameters) {
  auto model = nn::make<Model>();
  optim::AdamW optimizer({model->w}, {.lr = 0.1});
  auto step = etch::compile([&] {
    optimizer.zero_grad();
    model().backward();
    optimizer.step();
  });
  std::vector<double> b = model->b.to_vector<double>();
  step();
  EXPECT_EQ(model->b.to_vector<double>(), b);
  optimizer.add_param_group({.params = {model->b}, .options = {.lr = 0.01, .weight_decay = 0}});
  step();
  EXPECT_NE(model->b.to_vector<double>(), b);
  EXPECT_EQ(optimizer.num_groups(), 2);
  EXPECT_EQ(optimizer.lr(1), 0.01);
  EXPECT_EQ(optimizer.option("weight_decay", 1), 0);
  EXPECT_EQ(optimizer.state_dict().at("optim.lr.1").item<double>(), 0.01);
  EXPECT_THROW(optimizer.add_param_group({.params = {model->b}, .options = {}}), etch::Error);
}

TEST(Features, G1_state_dict_resumes_every_optimizer_bit_by_bit) {
  for (const char* name : {"sgd_momentum", "adamw_amsgrad", "rmsprop_all", "adagrad_initial"}) {
    auto model = nn::make<Model>();
    Made optimizer = optimizers().at(name)(model->parameters());
    auto step = [](auto& model, optim::Optimizer& optimizer) {
      optimizer.zero_grad();
      model().backward();
      optimizer.step();
    };
    for (int i = 0; i < 3; ++i) step(model, *optimizer);
    optimizer->set_lr(0.03);

    auto copy = model.clone();
    Made resumed = optimizers().at(name)(copy->parameters());
    resumed->load_state_dict(optimizer->state_dict().snapshot());
    EXPECT_EQ(resumed->lr(), 0.03);
    EXPECT_EQ(resumed->num_steps(), 3);
    for (int i = 0; i < 3; ++i) step(model, *optimizer), step(copy, *resumed);
    EXPECT_EQ(copy->w.to_vector<double>(), model->w.to_vector<double>()) << name;
  }
}

TEST(Features, G1_zero_grad_empties_or_fills_with_zeros) {
  auto model = nn::make<Model>();
  optim::Adam optimizer(model->parameters());
  model().backward();
  optimizer.zero_grad(/*set_to_none=*/false);
  EXPECT_EQ(model->b.grad().to_vector<double>(), std::vector<double>(4, 0));
  optimizer.zero_grad();
  EXPECT_FALSE(model->b.grad().defined());
}

using MadeSchedule = std::shared_ptr<optim::LRScheduler>;
template <typename S>
MadeSchedule schedule(optim::Optimizer& o, typename S::Options options) {
  return std::make_shared<S>(o, std::move(options));
}

const std::map<std::string, std::function<MadeSchedule(optim::Optimizer&)>>& schedules() {
  using namespace optim;
  using O = Optimizer;
  constexpr auto kLinear = OneCycleLROptions::Anneal::kLinear;
  static const std::map<std::string, std::function<MadeSchedule(O&)>> all = {
      {"lambda",
       [](O& o) {
         return std::make_shared<LambdaLR>(
             o, [](int64_t e) { return 1 / (1 + 0.1 * static_cast<double>(e)); });
       }},
      {"step", [](O& o) { return schedule<StepLR>(o, {.step_size = 7, .gamma = 0.5}); }},
      {"multistep",
       [](O& o) {
         return schedule<MultiStepLR>(o, {.milestones = {5, 20, 20, 41}, .gamma = 0.3});
       }},
      {"exponential", [](O& o) { return schedule<ExponentialLR>(o, {.gamma = 0.95}); }},
      {"constant",
       [](O& o) { return schedule<ConstantLR>(o, {.factor = 0.25, .total_iters = 12}); }},
      {"linear",
       [](O& o) {
         return schedule<LinearLR>(o, {.start_factor = 0.1, .end_factor = 0.8, .total_iters = 20});
       }},
      {"cosine",
       [](O& o) { return schedule<CosineAnnealingLR>(o, {.t_max = 15, .eta_min = 0.001}); }},
      {"onecycle",
       [](O& o) { return schedule<OneCycleLR>(o, {.max_lr = {0.2}, .total_steps = 60}); }},
      {"onecycle_linear",
       [](O& o) {
         return schedule<OneCycleLR>(o, {.max_lr = {0.1},
                                         .epochs = 6,
                                         .steps_per_epoch = 10,
                                         .pct_start = 0.4,
                                         .anneal_strategy = kLinear,
                                         .div_factor = 10,
                                         .final_div_factor = 100});
       }},
      {"onecycle_three",
       [](O& o) {
         return schedule<OneCycleLR>(o, {.max_lr = {0.1},
                                         .total_steps = 52,
                                         .base_momentum = 0.7,
                                         .max_momentum = 0.9,
                                         .three_phase = true});
       }},
      {"onecycle_fixed",
       [](O& o) {
         return schedule<OneCycleLR>(o,
                                     {.max_lr = {0.1}, .total_steps = 52, .cycle_momentum = false});
       }},
      {"sequential",
       [](O& o) {
         return std::make_shared<SequentialLR>(
             o,
             std::vector{schedule<LinearLR>(o, {.start_factor = 0.1, .total_iters = 10}),
                         schedule<CosineAnnealingLR>(o, {.t_max = 30}),
                         schedule<ExponentialLR>(o, {.gamma = 0.8})},
             std::vector<int64_t>{10, 40});
       }},
      {"chained",
       [](O& o) {
         return std::make_shared<ChainedScheduler>(
             std::vector{schedule<ConstantLR>(o, {.factor = 0.1, .total_iters = 5}),
                         schedule<ExponentialLR>(o, {.gamma = 0.9})});
       }},
  };
  return all;
}

Made make_optimizer(const std::string& kind, const Params& params) {
  if (kind == "sgd")
    return std::make_unique<optim::SGD>(params, optim::SGD::Options{.lr = 0.1, .momentum = 0.9});
  return std::make_unique<optim::Adam>(params, optim::Adam::Options{.lr = 0.01});
}

TEST(Features, G1_schedules_follow_pytorch_and_never_compile_again) {
  for (const std::string kind : {"sgd", "adam"}) {
    for (const auto& [name, make] : schedules()) {
      auto model = nn::make<Model>();
      Made optimizer = make_optimizer(kind, model->parameters());
      MadeSchedule schedule = make(*optimizer);
      auto step = etch::compile([&] {
        optimizer->zero_grad();
        model().backward();
        optimizer->step();
      });
      std::vector<double> rates, momenta;
      auto note = [&] {
        rates.push_back(optimizer->lr());
        momenta.push_back(optimizer->option(kind == "sgd" ? "momentum" : "beta1"));
      };
      note();
      std::string all = "schedule/" + kind + "/" + name;
      expect_trajectory(all, *model, [&] {
        step();
        schedule->step();
        note();
      });
      expect_close(Tensor::from_data(rates, {kSteps + 1}), golden().tensor(all, "lr"), 1e-12, 1e-16,
                   all);
      expect_close(Tensor::from_data(momenta, {kSteps + 1}), golden().tensor(all, "momentum"),
                   1e-12, all);
      EXPECT_EQ(schedule->last_lr(), std::vector{optimizer->lr()});
      EXPECT_EQ(step.num_compilations(), 1) << step.explain();
    }
    EXPECT_EQ(golden().cases("schedule/" + kind).size(), schedules().size());
  }
}

TEST(Features, G1_reduce_on_plateau_follows_pytorch) {
  using Plateau = optim::ReduceLROnPlateau;
  std::map<std::string, Plateau::Options> cases = {
      {"plateau", {.factor = 0.5, .patience = 3}},
      {"plateau_cooldown", {.patience = 1, .threshold = 0.05, .cooldown = 4, .min_lr = 0.004}},
      {"plateau_max",
       {.mode = Plateau::Options::Mode::kMax,
        .factor = 0.3,
        .patience = 2,
        .threshold = 0.02,
        .threshold_mode = Plateau::Options::ThresholdMode::kAbsolute}},
  };
  std::vector<double> metric = golden().tensor("plateau", "metric").to_vector<double>();
  for (const auto& [name, options] : cases) {
    auto model = nn::make<Model>();
    optim::SGD optimizer(model->parameters(), {.lr = 0.1});
    auto schedule = std::make_unique<Plateau>(optimizer, options);
    std::vector<double> rates;
    for (double value : metric) {
      // Half-way on with a copy that knows the state.
      if (rates.size() == metric.size() / 2) {
        nn::StateDict state = schedule->state_dict();
        schedule = std::make_unique<Plateau>(optimizer, options);
        schedule->load_state_dict(state);
      }
      schedule->step(value);
      rates.push_back(optimizer.lr());
    }
    expect_close(Tensor::from_data(rates, {kSteps}), golden().tensor("plateau/" + name, "lr"),
                 1e-12, name);
  }
}

TEST(Features, G1_schedules_resume_from_their_state) {
  for (const auto& [name, make] : schedules()) {
    auto model = nn::make<Model>();
    Made straight = make_optimizer("sgd", model->parameters());
    MadeSchedule whole = make(*straight);
    for (int i = 0; i < 23; ++i) whole->step();
    nn::StateDict optimizer_state = straight->state_dict().snapshot(), state = whole->state_dict();

    Made resumed = make_optimizer("sgd", model->parameters());
    MadeSchedule rest = make(*resumed);
    resumed->load_state_dict(optimizer_state);
    rest->load_state_dict(state);
    EXPECT_EQ(rest->last_epoch(), 23);
    for (int i = 23; i < kSteps; ++i) {
      whole->step(), rest->step();
      EXPECT_EQ(resumed->lr(), straight->lr()) << name << " step " << i;
      EXPECT_EQ(resumed->option("momentum"), straight->option("momentum")) << name;
    }
  }
}

TEST(Features, G1_numeric_options_are_state_and_say_when_they_are_wrong) {
  auto model = nn::make<Model>();
  optim::SGD optimizer(model->parameters(), {.lr = 0.1, .momentum = 0.9});
  auto step = etch::compile([&] {
    optimizer.zero_grad();
    model().backward();
    optimizer.step();
  });
  step();
  optimizer.set_option("momentum", 0.5);
  step();
  EXPECT_EQ(step.num_compilations(), 1);
  // Weight decay is no part of a program while it is 0.
  optimizer.set_option("weight_decay", 0.1);
  step();
  optimizer.set_option("weight_decay", 0.2);
  step();
  EXPECT_EQ(step.num_compilations(), 2);

  EXPECT_THAT(error_of([&] { optimizer.set_option("beta1", 0.5); }),
              HasSubstr("SGD: there is no option \"beta1\", only lr, momentum, dampening"));
  EXPECT_THAT(error_of([&] { optimizer.set_lr(-1); }), HasSubstr("SGD: lr -1 is negative"));
  auto inside = etch::compile([&] { optimizer.set_lr(0.5); });
  EXPECT_THAT(error_of([&] { inside(); }), HasSubstr("do so outside"));
  optim::StepLR schedule(optimizer, {.step_size = 1});
  auto scheduling = etch::compile([&] { schedule.step(); });
  EXPECT_THAT(error_of([&] { scheduling(); }), HasSubstr("call it outside"));
  EXPECT_EQ(schedule.last_epoch(), 0);

  optim::Adagrad without(model->parameters());
  EXPECT_THAT(error_of([&] { optim::OneCycleLR(without, {.max_lr = {1}, .total_steps = 9}); }),
              HasSubstr("has no momentum"));
  optim::OneCycleLR cycle(optimizer, {.max_lr = {1}, .total_steps = 2});
  cycle.step(), cycle.step();
  EXPECT_THAT(error_of([&] { cycle.step(); }), HasSubstr("step 3 of a schedule of 2 steps"));
}

}  // namespace
