#include "etch/nn/layers/layer_norm.h"

#include "etch/nn/functional.h"
#include "etch/nn/host_values.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

Tensor affine(const LayerNormOptions& options, double value) {
  if (options.normalized_shape.empty())
    throw Error("LayerNorm: normalized_shape is empty, must have one extent or more");
  return options.elementwise_affine ? detail::filled(options.normalized_shape, value, f32)
                                    : Tensor();
}

std::optional<Tensor> if_defined(const Tensor& t) {
  return t.defined() ? std::optional<Tensor>(t) : std::nullopt;
}

}  // namespace

LayerNorm::LayerNorm(Options options)
    : options_(std::move(options)),
      weight(this, "weight", affine(options_, 1)),
      bias(this, "bias", affine(options_, 0)) {}

Tensor LayerNorm::forward(const Tensor& x) {
  return functional::layer_norm(x, options_.normalized_shape, if_defined(weight), if_defined(bias),
                                options_.eps);
}

std::string LayerNorm::extra_repr() const {
  // A Python tuple: "(128,)", "(4, 8)".
  std::string shape = "(";
  for (int64_t i = 0; i < options_.normalized_shape.rank(); ++i)
    shape += (i ? ", " : "") + std::to_string(options_.normalized_shape[i]);
  shape += options_.normalized_shape.rank() == 1 ? ",)" : ")";
  return shape + ", eps=" + detail::python_repr(options_.eps) +
         ", elementwise_affine=" + (options_.elementwise_affine ? "True" : "False");
}

}  // namespace etch::nn
