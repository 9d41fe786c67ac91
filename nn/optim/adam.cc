#include "etch/nn/optim/adam.h"

#include <cmath>

#include "etch/frontend/ops.h"
#include "etch/nn/optim/groups.h"

namespace etch::nn::optim {
namespace internal {
namespace {

void check_beta(double beta) {
  if (!(beta >= 0 && beta < 1))
    throw Error("Adam: beta " + std::to_string(beta) + " is not in [0, 1)");
}

// 1 - beta^t in f64, where neither cancellation nor long runs hurt.
Tensor bias_correction(double beta, const Tensor& step) {
  if (beta == 0) return ones({}, f64);
  return 1.0 - exp(cast(step, f64) * std::log(beta));
}

}  // namespace

AdamBase::AdamBase(std::vector<Group> groups, std::vector<Settings> settings)
    : Optimizer(std::move(groups)), settings_(std::move(settings)) {
  for (const Settings& s : settings_) {
    check_beta(s.beta1);
    check_beta(s.beta2);
    if (!(s.eps >= 0)) throw Error("Adam: eps is negative");
    if (!(s.weight_decay >= 0)) throw Error("Adam: the weight decay is negative");
  }
}

std::vector<std::string> AdamBase::slot_names(int64_t) const { return {"exp_avg", "exp_avg_sq"}; }

std::vector<Tensor> AdamBase::shared_scalars(int64_t group, const Tensor& lr,
                                             const Tensor& step) const {
  const Settings& s = settings_[static_cast<size_t>(group)];
  Tensor step_size = lr / bias_correction(s.beta1, step);
  Tensor root = sqrt(bias_correction(s.beta2, step));
  Tensor keep = 1.0 - lr * s.weight_decay;
  return {step_size, root, keep};
}

void AdamBase::update(int64_t group, Tensor parameter, const Tensor& grad,
                      std::vector<Tensor>& slots, const std::vector<Tensor>& scalars) const {
  const Settings& s = settings_[static_cast<size_t>(group)];
  auto scalar = [&](size_t i) { return cast(scalars[i], parameter.dtype()); };
  Tensor p = parameter, g = grad;
  if (s.weight_decay != 0) {
    if (s.decoupled)
      p = p * scalar(2);
    else
      g = g + p * s.weight_decay;
  }
  Tensor m = slots[0] * s.beta1 + g * (1 - s.beta1);
  Tensor v = slots[1] * s.beta2 + g * g * (1 - s.beta2);
  slots[0].assign(m);
  slots[1].assign(v);
  parameter.assign(p - m * scalar(0) / (sqrt(v) / scalar(1) + s.eps));
}

}  // namespace internal

namespace {

template <typename Settings, typename ParamGroup>
std::vector<Settings> settings_of(const std::vector<ParamGroup>& groups, bool decoupled) {
  std::vector<Settings> settings;
  for (const ParamGroup& group : groups) {
    const auto& o = group.options;
    settings.push_back({o.betas.first, o.betas.second, o.eps, o.weight_decay, decoupled});
  }
  return settings;
}

}  // namespace

Adam::Adam(std::vector<Tensor> params, const Options& options)
    : Adam(std::vector<ParamGroup>{{std::move(params), options}}) {}
Adam::Adam(std::vector<ParamGroup> groups)
    : AdamBase(split_groups<Group>(groups), settings_of<Settings>(groups, false)) {}

AdamW::AdamW(std::vector<Tensor> params, const Options& options)
    : AdamW(std::vector<ParamGroup>{{std::move(params), options}}) {}
AdamW::AdamW(std::vector<ParamGroup> groups)
    : AdamBase(split_groups<Group>(groups), settings_of<Settings>(groups, true)) {}

}  // namespace etch::nn::optim
