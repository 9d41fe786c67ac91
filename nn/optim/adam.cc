#include "etch/nn/optim/adam.h"

#include "etch/frontend/ops.h"

namespace etch::nn::optim {
namespace internal {
namespace {

// 1 - beta^t in f64, where neither cancellation nor long runs hurt. A beta of 0 gives log -inf,
// whose power is 0.
Tensor bias_correction(const Tensor& beta, const Tensor& step) {
  return 1.0 - exp(step * log(beta));
}

}  // namespace

void AdamBase::add(const std::vector<Tensor>& params, const AdamOptions& o) {
  add_group(params, {{"lr", o.lr},
                     {"beta1", o.betas.first, Range::kBelowOne},
                     {"beta2", o.betas.second, Range::kBelowOne},
                     {"eps", o.eps},
                     {"weight_decay", o.weight_decay}});
  options_.push_back(o);
}

std::vector<Optimizer::Slot> AdamBase::slots(int64_t group) const {
  std::vector<Slot> slots = {{"exp_avg"}, {"exp_avg_sq"}};
  if (options_[static_cast<size_t>(group)].amsgrad) slots.push_back({"max_exp_avg_sq"});
  return slots;
}

Optimizer::Named AdamBase::shared_scalars(int64_t, const Named& options, const Tensor& step) const {
  const Tensor &lr = options.at("lr"), &beta1 = options.at("beta1"), &beta2 = options.at("beta2");
  const Tensor& weight_decay = options.at("weight_decay");
  return {{"beta1", beta1},
          {"beta2", beta2},
          {"eps", options.at("eps")},
          {"weight_decay", weight_decay},
          {"take1", 1.0 - beta1},
          {"take2", 1.0 - beta2},
          {"step_size", lr / bias_correction(beta1, step)},
          {"root", sqrt(bias_correction(beta2, step))},
          {"keep", 1.0 - lr * weight_decay}};
}

void AdamBase::update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
                      const Named& scalars) const {
  const AdamOptions& o = options_[static_cast<size_t>(group)];
  Tensor p = parameter, g = o.maximize ? -grad : grad;
  if (!is_zero(group, "weight_decay")) {
    if (decoupled_)
      p = p * scalars.at("keep");
    else
      g = g + p * scalars.at("weight_decay");
  }
  Tensor m = slots.at("exp_avg") * scalars.at("beta1") + g * scalars.at("take1");
  Tensor v = slots.at("exp_avg_sq") * scalars.at("beta2") + g * g * scalars.at("take2");
  slots.at("exp_avg").assign(m);
  slots.at("exp_avg_sq").assign(v);
  if (o.amsgrad) {
    v = maximum(slots.at("max_exp_avg_sq"), v);
    slots.at("max_exp_avg_sq").assign(v);
  }
  Tensor denominator = sqrt(v) / scalars.at("root") + scalars.at("eps");
  parameter.assign(p - m * scalars.at("step_size") / denominator);
}

}  // namespace internal

Adam::Adam(const std::vector<Tensor>& params, const Options& options)
    : Adam(std::vector<ParamGroup>{{params, options}}) {}
Adam::Adam(const std::vector<ParamGroup>& groups) : AdamBase("Adam", /*decoupled=*/false) {
  for (const ParamGroup& group : groups) add_param_group(group);
  require_parameters();
}
void Adam::add_param_group(const ParamGroup& group) { add(group.params, group.options); }

AdamW::AdamW(const std::vector<Tensor>& params, const Options& options)
    : AdamW(std::vector<ParamGroup>{{params, options}}) {}
AdamW::AdamW(const std::vector<ParamGroup>& groups) : AdamBase("AdamW", /*decoupled=*/true) {
  for (const ParamGroup& group : groups) add_param_group(group);
  require_parameters();
}
void AdamW::add_param_group(const ParamGroup& group) {
  const Options& o = group.options;
  add(group.params, {o.lr, o.betas, o.eps, o.weight_decay, o.amsgrad, o.maximize});
}

}  // namespace etch::nn::optim
