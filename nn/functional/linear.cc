#include "etch/nn/functional/linear.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {

Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias, Loc loc) {
  return etch::linear(x, weight, bias, loc);
}

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight,
                const std::optional<Tensor>& bias, Loc loc) {
  bool fits = weight.dim() == 3 && x1.dim() >= 1 && x1.dim() == x2.dim() &&
              x1.size(-1) == weight.size(1) && x2.size(-1) == weight.size(2);
  for (int64_t i = 0; fits && i + 1 < x1.dim(); ++i) fits = x1.size(i) == x2.size(i);
  if (!fits)
    frontend::fail({"bilinear", loc}, "inputs " + x1.shape().to_string() + " and " +
                                          x2.shape().to_string() + " do not fit weight " +
                                          weight.shape().to_string() +
                                          "; they are [..., i], [..., j] and [o, i, j]");
  frontend::LocScope line(loc);
  int64_t out = weight.size(0), in1 = weight.size(1), in2 = weight.size(2);
  Shape shape = x1.shape();
  shape[-1] = out;
  shape.push_back(in2);
  // First all products with x1 as one matrix product.
  Tensor rows = matmul(x1, reshape(permute(weight, {1, 0, 2}), {in1, out * in2}));
  Tensor y = sum(reshape(rows, shape) * unsqueeze(x2, -2), {-1});
  return bias ? y + *bias : y;
}

}  // namespace etch::nn::functional
