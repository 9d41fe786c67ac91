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

}  // namespace

LayerNorm::LayerNorm(Options options)
    : options_(std::move(options)),
      weight(this, "weight", affine(options_, 1)),
      bias(this, "bias", affine(options_, 0)) {}

Tensor LayerNorm::forward(const Tensor& x) {
  return functional::layer_norm(x, options_.normalized_shape, detail::if_defined(weight),
                                detail::if_defined(bias), options_.eps);
}

std::string LayerNorm::extra_repr() const {
  return detail::python_tuple(options_.normalized_shape) +
         ", eps=" + detail::python_repr(options_.eps) +
         ", elementwise_affine=" + detail::python_bool(options_.elementwise_affine);
}

}  // namespace etch::nn
