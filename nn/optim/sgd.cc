#include "etch/nn/optim/sgd.h"

#include "etch/frontend/ops.h"

namespace etch::nn::optim {

SGD::SGD(const std::vector<Tensor>& params, const Options& options)
    : SGD(std::vector<ParamGroup>{{params, options}}) {}

SGD::SGD(const std::vector<ParamGroup>& groups) : Optimizer("SGD") {
  for (const ParamGroup& group : groups) add_param_group(group);
  require_parameters();
}

void SGD::add_param_group(const ParamGroup& group) {
  const Options& o = group.options;
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    fail("nesterov wants a momentum above 0 and no dampening");
  add_group(group.params, {{"lr", o.lr},
                           {"momentum", o.momentum},
                           {"dampening", o.dampening, Range::kAny},
                           {"weight_decay", o.weight_decay}});
  options_.push_back(o);
}

std::vector<Optimizer::Slot> SGD::slots(int64_t group) const {
  if (is_zero(group, "momentum")) return {};
  return {{"momentum_buffer"}};
}

Optimizer::Named SGD::shared_scalars(int64_t, const Named& options, const Tensor& step) const {
  Named scalars = options;
  scalars.insert_or_assign("take", 1.0 - options.at("dampening"));
  scalars.emplace("is_first", step == 1);
  return scalars;
}

void SGD::update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
                 const Named& scalars) const {
  const Options& o = options_[static_cast<size_t>(group)];
  const Tensor& momentum = scalars.at("momentum");
  Tensor g = o.maximize ? -grad : grad;
  if (!is_zero(group, "weight_decay")) g = g + parameter * scalars.at("weight_decay");
  if (!is_zero(group, "momentum")) {
    Tensor& slot = slots.at("momentum_buffer");
    Tensor buffer = slot * momentum + g;
    // The first step takes the gradient as it is; without dampening both are the same.
    if (!is_zero(group, "dampening"))
      buffer = where(scalars.at("is_first") != 0, g, slot * momentum + g * scalars.at("take"));
    slot.assign(buffer);
    g = o.nesterov ? g + buffer * momentum : buffer;
  }
  parameter.assign(parameter - g * scalars.at("lr"));
}

}  // namespace etch::nn::optim
