#include "etch/nn/optim/sgd.h"

#include "etch/frontend/ops.h"
#include "etch/nn/optim/groups.h"

namespace etch::nn::optim {
namespace {

void check(const SGDOptions& options) {
  if (options.momentum < 0) throw Error("SGD: the momentum is negative");
  if (options.weight_decay < 0) throw Error("SGD: the weight decay is negative");
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    throw Error("SGD: nesterov wants a momentum above 0 and no dampening");
}

}  // namespace

SGD::SGD(std::vector<Tensor> params, const Options& options)
    : SGD(std::vector<ParamGroup>{{std::move(params), options}}) {}

SGD::SGD(std::vector<ParamGroup> groups)
    : Optimizer(split_groups<Group>(groups)), options_(options_of<Options>(groups)) {
  for (const Options& options : options_) check(options);
}

std::vector<std::string> SGD::slot_names(int64_t group) const {
  if (options_[static_cast<size_t>(group)].momentum == 0) return {};
  return {"momentum_buffer"};
}

std::vector<Tensor> SGD::shared_scalars(int64_t, const Tensor& lr, const Tensor& step) const {
  return {lr, step};
}

void SGD::update(int64_t group, Tensor parameter, const Tensor& grad, std::vector<Tensor>& slots,
                 const std::vector<Tensor>& scalars) const {
  const Options& o = options_[static_cast<size_t>(group)];
  Tensor lr = cast(scalars[0], parameter.dtype());
  Tensor g = o.weight_decay != 0 ? grad + parameter * o.weight_decay : grad;
  if (o.momentum != 0) {
    Tensor buffer = slots[0] * o.momentum + (o.dampening != 0 ? g * (1 - o.dampening) : g);
    // The first step takes the gradient as it is; without dampening both are the same.
    if (o.dampening != 0) buffer = where(eq(scalars[1], ones({}, i64)), g, buffer);
    slots[0].assign(buffer);
    g = o.nesterov ? g + buffer * o.momentum : buffer;
  }
  parameter.assign(parameter - g * lr);
}

}  // namespace etch::nn::optim
