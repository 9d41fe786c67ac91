#include "etch/nn/optim/rmsprop.h"

#include "etch/frontend/ops.h"

namespace etch::nn::optim {

RMSprop::RMSprop(const std::vector<Tensor>& params, const Options& options)
    : RMSprop(std::vector<ParamGroup>{{params, options}}) {}

RMSprop::RMSprop(const std::vector<ParamGroup>& groups) : Optimizer("RMSprop") {
  for (const ParamGroup& group : groups) add_param_group(group);
  require_parameters();
}

void RMSprop::add_param_group(const ParamGroup& group) {
  const Options& o = group.options;
  add_group(group.params, {{"lr", o.lr},
                           {"alpha", o.alpha},
                           {"eps", o.eps},
                           {"weight_decay", o.weight_decay},
                           {"momentum", o.momentum}});
  options_.push_back(o);
}

std::vector<Optimizer::Slot> RMSprop::slots(int64_t group) const {
  std::vector<Slot> slots = {{"square_avg"}};
  if (options_[static_cast<size_t>(group)].centered) slots.push_back({"grad_avg"});
  if (!is_zero(group, "momentum")) slots.push_back({"momentum_buffer"});
  return slots;
}

Optimizer::Named RMSprop::shared_scalars(int64_t, const Named& options, const Tensor&) const {
  Named scalars = options;
  scalars.emplace("take", 1.0 - options.at("alpha"));
  return scalars;
}

void RMSprop::update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
                     const Named& scalars) const {
  const Options& o = options_[static_cast<size_t>(group)];
  const Tensor &alpha = scalars.at("alpha"), &take = scalars.at("take");
  Tensor g = o.maximize ? -grad : grad;
  if (!is_zero(group, "weight_decay")) g = g + parameter * scalars.at("weight_decay");
  Tensor v = slots.at("square_avg") * alpha + g * g * take;
  slots.at("square_avg").assign(v);
  if (o.centered) {
    Tensor mean = slots.at("grad_avg") * alpha + g * take;
    slots.at("grad_avg").assign(mean);
    v = v - mean * mean;
  }
  Tensor direction = g / (sqrt(v) + scalars.at("eps"));
  if (!is_zero(group, "momentum")) {
    direction = slots.at("momentum_buffer") * scalars.at("momentum") + direction;
    slots.at("momentum_buffer").assign(direction);
  }
  parameter.assign(parameter - direction * scalars.at("lr"));
}

}  // namespace etch::nn::optim
