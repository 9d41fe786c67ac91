#include "etch/nn/functional/linear.h"

#include "etch/frontend/ops.h"

namespace etch::nn::functional {

Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias, Loc loc) {
  return etch::linear(x, weight, bias, loc);
}

}  // namespace etch::nn::functional
