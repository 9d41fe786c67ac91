#include "etch/nn/functional/normalization.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"

namespace etch::nn::functional {

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                  const std::optional<Tensor>& weight, const std::optional<Tensor>& bias,
                  double epsilon, Loc loc) {
  int64_t dims = normalized_shape.rank();
  bool fits = dims > 0 && dims <= x.dim();
  for (int64_t i = 1; fits && i <= dims; ++i) fits = x.size(-i) == normalized_shape[-i];
  if (!fits)
    frontend::fail({"layer_norm", loc}, "input " + x.shape().to_string() +
                                            " does not end in the normalized shape " +
                                            normalized_shape.to_string());
  return etch::layer_norm(x, dims, weight, bias, epsilon, loc);
}

}  // namespace etch::nn::functional
