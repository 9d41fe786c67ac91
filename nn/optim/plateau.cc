#include "etch/nn/optim/plateau.h"

#include <algorithm>
#include <limits>

#include "etch/nn/host_fields.h"

namespace etch::nn::optim {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, const Options& options)
    : optimizer_(optimizer),
      options_(options),
      best_(options.mode == Options::Mode::kMin ? std::numeric_limits<double>::infinity()
                                                : -std::numeric_limits<double>::infinity()) {
  if (!(options.factor < 1)) throw Error("ReduceLROnPlateau: factor is not below 1");
}

bool ReduceLROnPlateau::is_better(double metric) const {
  bool relative = options_.threshold_mode == Options::ThresholdMode::kRelative;
  if (options_.mode == Options::Mode::kMin)
    return metric < (relative ? best_ * (1 - options_.threshold) : best_ - options_.threshold);
  return metric > (relative ? best_ * (1 + options_.threshold) : best_ + options_.threshold);
}

void ReduceLROnPlateau::step(double metric) {
  ++epoch_;
  bool better = is_better(metric);
  if (better) best_ = metric;
  bad_epochs_ = better ? 0 : bad_epochs_ + 1;
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ <= options_.patience) return;
  for (int64_t g = 0; g < optimizer_.num_groups(); ++g) {
    double lr = optimizer_.lr(g), reduced = std::max(lr * options_.factor, options_.min_lr);
    if (lr - reduced > options_.eps) optimizer_.set_lr(g, reduced);
  }
  cooldown_left_ = options_.cooldown;
  bad_epochs_ = 0;
}

void ReduceLROnPlateau::fields(HostFields& fields) {
  fields.add("best", best_);
  fields.add("num_bad_epochs", bad_epochs_);
  fields.add("cooldown_counter", cooldown_left_);
  fields.add("last_epoch", epoch_);
}

StateDict ReduceLROnPlateau::state_dict() const {
  HostFields all;
  const_cast<ReduceLROnPlateau*>(this)->fields(all);
  return all.save();
}

LoadReport ReduceLROnPlateau::load_state_dict(const StateDict& state, const LoadOptions& options) {
  HostFields all;
  fields(all);
  return all.load(state, options, "scheduler: load_state_dict");
}

}  // namespace etch::nn::optim
