#include "etch/nn/optim/schedulers.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "absl/strings/str_cat.h"

namespace etch::nn::optim {
namespace {

void require(bool condition, const char* scheduler, const std::string& problem) {
  if (!condition) throw Error(std::string(scheduler) + ": " + problem);
}

}  // namespace

LambdaLR::LambdaLR(Optimizer& optimizer, Options options)
    : LRScheduler(optimizer), options_(std::move(options)) {
  size_t functions = options_.lr_lambda.size();
  require(functions == 1 || functions == static_cast<size_t>(num_groups()), "LambdaLR",
          std::to_string(functions) + " functions for " + std::to_string(num_groups()) + " groups");
  start();
}

double LambdaLR::next_lr(int64_t group) const {
  size_t function = options_.lr_lambda.size() == 1 ? 0 : static_cast<size_t>(group);
  return base_lr(group) * options_.lr_lambda[function](last_epoch());
}

StepLR::StepLR(Optimizer& optimizer, const Options& options)
    : LRScheduler(optimizer), options_(options) {
  require(options.step_size > 0, "StepLR", "step_size is not above 0");
  start();
}

double StepLR::next_lr(int64_t group) const {
  bool now = last_epoch() > 0 && last_epoch() % options_.step_size == 0;
  return optimizer().lr(group) * (now ? options_.gamma : 1);
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, Options options)
    : LRScheduler(optimizer), options_(std::move(options)) {
  start();
}

double MultiStepLR::next_lr(int64_t group) const {
  auto times = std::ranges::count(options_.milestones, last_epoch());
  return optimizer().lr(group) * std::pow(options_.gamma, static_cast<double>(times));
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, const Options& options)
    : LRScheduler(optimizer), options_(options) {
  start();
}

double ExponentialLR::next_lr(int64_t group) const {
  return optimizer().lr(group) * (last_epoch() > 0 ? options_.gamma : 1);
}

ConstantLR::ConstantLR(Optimizer& optimizer, const Options& options)
    : LRScheduler(optimizer), options_(options) {
  require(options.factor > 0 && options.factor <= 1, "ConstantLR",
          "factor " + absl::StrCat(options.factor) + " is not in (0, 1]");
  start();
}

double ConstantLR::next_lr(int64_t group) const {
  double lr = optimizer().lr(group);
  if (last_epoch() == 0) return lr * options_.factor;
  return last_epoch() == options_.total_iters ? lr * (1 / options_.factor) : lr;
}

LinearLR::LinearLR(Optimizer& optimizer, const Options& options)
    : LRScheduler(optimizer), options_(options) {
  require(options.start_factor > 0 && options.start_factor <= 1, "LinearLR",
          "start_factor " + absl::StrCat(options.start_factor) + " is not in (0, 1]");
  require(options.end_factor >= 0 && options.end_factor <= 1, "LinearLR",
          "end_factor " + absl::StrCat(options.end_factor) + " is not in [0, 1]");
  require(options.total_iters > 0, "LinearLR", "total_iters is not above 0");
  start();
}

double LinearLR::next_lr(int64_t group) const {
  double lr = optimizer().lr(group);
  if (last_epoch() == 0) return lr * options_.start_factor;
  if (last_epoch() > options_.total_iters) return lr;
  double rise = options_.end_factor - options_.start_factor;
  return lr * (1 + rise / (static_cast<double>(options_.total_iters) * options_.start_factor +
                           static_cast<double>(last_epoch() - 1) * rise));
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, const Options& options)
    : LRScheduler(optimizer), options_(options) {
  require(options.t_max > 0, "CosineAnnealingLR", "t_max is not above 0");
  start();
}

double CosineAnnealingLR::next_lr(int64_t group) const {
  double lr = optimizer().lr(group), low = options_.eta_min;
  if (last_epoch() == 0) return lr;
  auto height = [&](int64_t epoch) {
    return 1 + std::cos(std::numbers::pi * static_cast<double>(epoch) /
                        static_cast<double>(options_.t_max));
  };
  // Behind the lowest point the quotient of heights has nothing to go by.
  if ((last_epoch() - 1 - options_.t_max) % (2 * options_.t_max) == 0)
    return lr + (base_lr(group) - low) * (2 - height(1)) / 2;
  return height(last_epoch()) / height(last_epoch() - 1) * (lr - low) + low;
}

}  // namespace etch::nn::optim
