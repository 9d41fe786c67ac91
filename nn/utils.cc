#include "etch/nn/utils.h"

#include <cmath>
#include <string>

#include "etch/frontend/ops.h"

namespace etch::nn::utils {
namespace {

// The norm of one gradient before the last root, and how two of them join.
Tensor partial_norm(const Tensor& grad, double norm_type) {
  if (norm_type == 2) return sum(square(grad));
  if (norm_type == 1) return sum(abs(grad));
  return amax(abs(grad));
}

}  // namespace

Tensor clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type) {
  bool infinite = std::isinf(norm_type) && norm_type > 0;
  if (norm_type != 2 && norm_type != 1 && !infinite)
    throw Error("clip_grad_norm_: norm_type " + std::to_string(norm_type) +
                " is not 1, 2 or infinity");
  NoGradGuard no_grad;
  Tensor norm;
  for (const Tensor& p : parameters) {
    if (!p.grad().defined()) continue;
    Tensor part = partial_norm(p.grad(), norm_type);
    norm = !norm.defined() ? part : infinite ? maximum(norm, part) : norm + part;
  }
  if (!norm.defined()) return zeros({});
  if (norm_type == 2) norm = sqrt(norm);
  Tensor scale = minimum(max_norm / (norm + 1e-6), ones({}, norm.dtype()));
  for (Tensor p : parameters)
    if (Tensor grad = p.grad(); grad.defined()) p.set_grad(grad * cast(scale, grad.dtype()));
  return norm;
}

}  // namespace etch::nn::utils
