#include "etch/nn/layers/linear.h"

#include <cmath>

#include "etch/nn/functional.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {

Linear::Linear(Options options)
    : options_(options),
      weight(this, "weight",
             detail::filled({detail::at_least_1("Linear", "out_features", options.out_features),
                             detail::at_least_1("Linear", "in_features", options.in_features)},
                            0, f32)),
      bias(this, "bias", options.bias ? detail::filled({options.out_features}, 0, f32) : Tensor()) {
  reset_parameters();
}

void Linear::reset_parameters() {
  init::kaiming_uniform_(weight, {.a = std::sqrt(5.0)});
  double bound = 1.0 / std::sqrt(static_cast<double>(options_.in_features));
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Linear::forward(const Tensor& x) {
  return functional::linear(x, weight, detail::if_defined(bias));
}

std::string Linear::extra_repr() const {
  return "in_features=" + std::to_string(options_.in_features) +
         ", out_features=" + std::to_string(options_.out_features) +
         ", bias=" + detail::python_bool(options_.bias);
}

}  // namespace etch::nn
