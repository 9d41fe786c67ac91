#include "etch/nn/optim/adagrad.h"

#include "etch/frontend/ops.h"

namespace etch::nn::optim {

Adagrad::Adagrad(const std::vector<Tensor>& params, const Options& options)
    : Adagrad(std::vector<ParamGroup>{{params, options}}) {}

Adagrad::Adagrad(const std::vector<ParamGroup>& groups) : Optimizer("Adagrad") {
  for (const ParamGroup& group : groups) add_param_group(group);
  require_parameters();
}

void Adagrad::add_param_group(const ParamGroup& group) {
  const Options& o = group.options;
  if (!(o.initial_accumulator_value >= 0)) fail("initial_accumulator_value is negative");
  add_group(
      group.params,
      {{"lr", o.lr}, {"lr_decay", o.lr_decay}, {"weight_decay", o.weight_decay}, {"eps", o.eps}});
  options_.push_back(o);
}

std::vector<Optimizer::Slot> Adagrad::slots(int64_t group) const {
  return {{"sum", options_[static_cast<size_t>(group)].initial_accumulator_value}};
}

Optimizer::Named Adagrad::shared_scalars(int64_t, const Named& options, const Tensor& step) const {
  return {{"eps", options.at("eps")},
          {"weight_decay", options.at("weight_decay")},
          {"step_size", options.at("lr") / (1.0 + (step - 1.0) * options.at("lr_decay"))}};
}

void Adagrad::update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
                     const Named& scalars) const {
  Tensor g = options_[static_cast<size_t>(group)].maximize ? -grad : grad;
  if (!is_zero(group, "weight_decay")) g = g + parameter * scalars.at("weight_decay");
  Tensor total = slots.at("sum") + g * g;
  slots.at("sum").assign(total);
  Tensor step = g * scalars.at("step_size") / (sqrt(total) + scalars.at("eps"));
  parameter.assign(parameter - step);
}

}  // namespace etch::nn::optim
