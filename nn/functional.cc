#include "etch/nn/functional.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {

Tensor relu(const Tensor& x, Loc loc) { return etch::relu(x, loc); }

Tensor gelu(const Tensor& x, bool tanh_approximation, Loc loc) {
  return etch::gelu(x, tanh_approximation, loc);
}

Tensor softmax(const Tensor& x, int64_t dim, Loc loc) { return etch::softmax(x, dim, loc); }

Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias, Loc loc) {
  return etch::linear(x, weight, bias, loc);
}

Tensor embedding(const Tensor& indices, const Tensor& weight, Loc loc) {
  return etch::embedding(weight, indices, loc);
}

Tensor dropout(const Tensor& x, double p, bool training, const std::optional<Tensor>& state,
               Loc loc) {
  if (!(p >= 0 && p <= 1))
    frontend::fail({"dropout", loc}, "the probability " + std::to_string(p) + " is not in [0, 1]");
  if (!training || p == 0) return x;
  return etch::dropout(x, p, state ? *state : frontend::default_random_state(), loc);
}

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

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction, Loc loc) {
  if (x.shape() != target.shape())
    frontend::fail({"mse_loss", loc}, "input " + x.shape().to_string() + " and target " +
                                          target.shape().to_string() + " differ in shape");
  frontend::LocScope line(loc);
  Tensor loss = square(x - target);
  if (reduction == Reduction::kNone) return loss;
  return reduction == Reduction::kSum ? sum(loss) : mean(loss);
}

}  // namespace etch::nn::functional
