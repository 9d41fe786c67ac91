// Select and not multiply by masks: what lies on the side not chosen may be infinite. Functions
// that overflow there get an argument that does not.
#include "etch/nn/functional/activation.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/common.h"

namespace etch::nn::functional {
namespace {

using detail::constant;
using frontend::fail;
using frontend::LocScope;

// -|x|, with the derivative -1 at 0.
Tensor minus_abs(const Tensor& x) { return where(x < 0.0, x, -x); }

// log(1 + exp(-|x|)), the part of softplus and logsigmoid that neither overflows nor cancels.
Tensor softplus_tail(const Tensor& x) { return log1p(exp(minus_abs(x))); }

// exp(scale * x) - 1 where x is not positive, and 0 elsewhere.
Tensor negative_expm1(const Tensor& x, double scale) {
  return expm1(where(x > 0.0, constant(x, 0), x) * scale);
}

}  // namespace

Tensor relu(const Tensor& x, Loc loc) { return etch::relu(x, loc); }

Tensor relu6(const Tensor& x, Loc loc) { return hardtanh(x, 0, 6, loc); }

Tensor leaky_relu(const Tensor& x, double negative_slope, Loc loc) {
  LocScope line(loc);
  return where(x > 0.0, x, x * negative_slope);
}

Tensor prelu(const Tensor& x, const Tensor& weight, Loc loc) {
  int64_t channels = x.dim() >= 2 ? x.size(1) : 1;
  if (weight.numel() != 1 && weight.numel() != channels)
    fail({"prelu", loc}, "weight " + weight.shape().to_string() + " fits neither all of x " +
                             x.shape().to_string() + " (1 element) nor its channels (" +
                             std::to_string(channels) + ")");
  LocScope line(loc);
  Shape shape(std::vector<int64_t>(static_cast<size_t>(x.dim()), 1));
  if (weight.numel() != 1) shape[1] = channels;
  return where(x > 0.0, x, x * reshape(weight, shape));
}

Tensor elu(const Tensor& x, double alpha, Loc loc) {
  LocScope line(loc);
  return where(x > 0.0, x, negative_expm1(x, 1) * alpha);
}

Tensor selu(const Tensor& x, Loc loc) {
  constexpr double kAlpha = 1.6732632423543772848170429916717;
  constexpr double kScale = 1.0507009873554804934193349852946;
  LocScope line(loc);
  return where(x > 0.0, x, negative_expm1(x, 1) * kAlpha) * kScale;
}

Tensor celu(const Tensor& x, double alpha, Loc loc) {
  if (alpha == 0) fail({"celu", loc}, "alpha is 0, must be another number");
  LocScope line(loc);
  return where(x > 0.0, x, negative_expm1(x, 1 / alpha) * alpha);
}

Tensor gelu(const Tensor& x, bool tanh_approximation, Loc loc) {
  return etch::gelu(x, tanh_approximation, loc);
}

Tensor silu(const Tensor& x, Loc loc) { return etch::silu(x, loc); }

Tensor mish(const Tensor& x, Loc loc) {
  LocScope line(loc);
  return x * etch::tanh(softplus(x));
}

Tensor sigmoid(const Tensor& x, Loc loc) { return etch::sigmoid(x, loc); }

Tensor tanh(const Tensor& x, Loc loc) { return etch::tanh(x, loc); }

Tensor logsigmoid(const Tensor& x, Loc loc) {
  LocScope line(loc);
  return where(x < 0.0, x, 0.0) - softplus_tail(x);
}

Tensor softplus(const Tensor& x, double beta, double threshold, Loc loc) {
  LocScope line(loc);
  Tensor scaled = x * beta;
  Tensor smooth = where(scaled >= 0.0, scaled, 0.0) + softplus_tail(scaled);
  return where(scaled > threshold, x, smooth / beta);
}

Tensor softsign(const Tensor& x, Loc loc) {
  LocScope line(loc);
  return x / (abs(x) + 1.0);
}

Tensor tanhshrink(const Tensor& x, Loc loc) {
  LocScope line(loc);
  return x - etch::tanh(x);
}

Tensor softshrink(const Tensor& x, double lambda, Loc loc) {
  if (!(lambda >= 0))
    fail({"softshrink", loc}, "lambda is " + absl::StrCat(lambda) + ", must be 0 or more");
  LocScope line(loc);
  return where(x > lambda, x - lambda, where(x < -lambda, x + lambda, 0.0));
}

Tensor hardshrink(const Tensor& x, double lambda, Loc loc) {
  LocScope line(loc);
  return where(logical_and(x >= -lambda, x <= lambda), constant(x, 0), x);
}

Tensor hardtanh(const Tensor& x, double min_val, double max_val, Loc loc) {
  if (!(min_val < max_val))
    fail({"hardtanh", loc},
         "min_val " + absl::StrCat(min_val) + " is not below max_val " + absl::StrCat(max_val));
  LocScope line(loc);
  // Unlike clamp, the derivative is 0 at the bounds.
  return where(x <= min_val, constant(x, min_val), where(x >= max_val, constant(x, max_val), x));
}

Tensor hardsigmoid(const Tensor& x, Loc loc) {
  LocScope line(loc);
  return relu6(x + 3.0) / 6.0;
}

Tensor hardswish(const Tensor& x, Loc loc) {
  LocScope line(loc);
  // At 3 the derivative is that of x, at -3 that of the middle piece.
  Tensor middle = x * (x + 3.0) / 6.0;
  return where(x >= 3.0, x, where(x < -3.0, constant(x, 0), middle));
}

Tensor threshold(const Tensor& x, double threshold, double value, Loc loc) {
  LocScope line(loc);
  return where(x <= threshold, constant(x, value), x);
}

Tensor glu(const Tensor& x, int64_t dim, Loc loc) {
  if (x.size(dim) % 2 != 0)
    fail({"glu", loc}, "dimension " + std::to_string(dim) + " of " + x.shape().to_string() +
                           " is odd, must be even");
  LocScope line(loc);
  std::vector<Tensor> halves = chunk(x, 2, dim);
  return halves[0] * etch::sigmoid(halves[1]);
}

Tensor softmax(const Tensor& x, int64_t dim, Loc loc) { return etch::softmax(x, dim, loc); }

Tensor softmin(const Tensor& x, int64_t dim, Loc loc) {
  LocScope line(loc);
  return etch::softmax(-x, dim);
}

Tensor log_softmax(const Tensor& x, int64_t dim, Loc loc) { return etch::log_softmax(x, dim, loc); }

}  // namespace etch::nn::functional
