// Schedules of the learning rate, with PyTorch's names, formulas and defaults.
//
//   nn::optim::SGD opt(net->parameters(), {.lr = 0.1, .momentum = 0.9});
//   nn::optim::CosineAnnealingLR schedule(opt, {.t_max = epochs});
//   for (int64_t epoch = 0; epoch < epochs; ++epoch) {
//     for (auto [x, target] : loader) step(x, target);
//     schedule.step();
//   }
//
// A schedule sets the cells that compiled programs read: no step compiles again. Schedules work on
// the present rate where the formula allows it, so that several of them can act on one optimizer.
// They are made with the optimizer's groups complete, and must not outlive it.
#ifndef ETCH_NN_OPTIM_SCHEDULERS_H_
#define ETCH_NN_OPTIM_SCHEDULERS_H_

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "etch/nn/optim/scheduler.h"

namespace etch::nn::optim {

struct LambdaLROptions {
  // The factor on the base rate in an epoch: one for all groups, or one for each.
  std::vector<std::function<double(int64_t epoch)>> lr_lambda;
};
class LambdaLR : public LRScheduler {
 public:
  using Options = LambdaLROptions;
  LambdaLR(Optimizer& optimizer, Options options);
  LambdaLR(Optimizer& optimizer, std::function<double(int64_t)> lr_lambda)
      : LambdaLR(optimizer, Options{{std::move(lr_lambda)}}) {}

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

// Times gamma every step_size epochs.
struct StepLROptions {
  int64_t step_size = 1;
  double gamma = 0.1;
};
class StepLR : public LRScheduler {
 public:
  using Options = StepLROptions;
  StepLR(Optimizer& optimizer, const Options& options);

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

// Times gamma at each milestone; one that is listed twice counts twice.
struct MultiStepLROptions {
  std::vector<int64_t> milestones;
  double gamma = 0.1;
};
class MultiStepLR : public LRScheduler {
 public:
  using Options = MultiStepLROptions;
  MultiStepLR(Optimizer& optimizer, Options options);

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

// Times gamma every epoch.
struct ExponentialLROptions {
  double gamma = 0.1;
};
class ExponentialLR : public LRScheduler {
 public:
  using Options = ExponentialLROptions;
  ExponentialLR(Optimizer& optimizer, const Options& options);

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

// factor * base in the first total_iters epochs, then base. 0 < factor <= 1.
struct ConstantLROptions {
  double factor = 1.0 / 3;
  int64_t total_iters = 5;
};
class ConstantLR : public LRScheduler {
 public:
  using Options = ConstantLROptions;
  explicit ConstantLR(Optimizer& optimizer, const Options& options = {});

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

// From start_factor * base in a straight line to end_factor * base at epoch total_iters: warm-up.
// 0 < start_factor <= 1, 0 <= end_factor <= 1.
struct LinearLROptions {
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  int64_t total_iters = 5;
};
class LinearLR : public LRScheduler {
 public:
  using Options = LinearLROptions;
  explicit LinearLR(Optimizer& optimizer, const Options& options = {});

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

// eta_min + (base - eta_min) (1 + cos(pi epoch / t_max)) / 2.
// Source: Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.
struct CosineAnnealingLROptions {
  int64_t t_max = 1;
  double eta_min = 0;
};
class CosineAnnealingLR : public LRScheduler {
 public:
  using Options = CosineAnnealingLROptions;
  CosineAnnealingLR(Optimizer& optimizer, const Options& options);

 protected:
  double next_lr(int64_t group) const override;

 private:
  Options options_;
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_SCHEDULERS_H_
