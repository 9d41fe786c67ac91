#include "etch/nn/layers/activation.h"

#include "etch/frontend/scope.h"
#include "etch/nn/functional/activation.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

using detail::python_number;
using detail::python_repr;

std::string if_inplace(bool inplace) { return inplace ? ", inplace=True" : ""; }

}  // namespace

Tensor ReLU::forward(const Tensor& x) { return functional::relu(x); }
Tensor ReLU6::forward(const Tensor& x) { return functional::relu6(x); }
Tensor SELU::forward(const Tensor& x) { return functional::selu(x); }
Tensor SiLU::forward(const Tensor& x) { return functional::silu(x); }
Tensor Mish::forward(const Tensor& x) { return functional::mish(x); }
Tensor Hardsigmoid::forward(const Tensor& x) { return functional::hardsigmoid(x); }
Tensor Hardswish::forward(const Tensor& x) { return functional::hardswish(x); }
Tensor Sigmoid::forward(const Tensor& x) { return functional::sigmoid(x); }
Tensor Tanh::forward(const Tensor& x) { return functional::tanh(x); }
Tensor LogSigmoid::forward(const Tensor& x) { return functional::logsigmoid(x); }
Tensor Softsign::forward(const Tensor& x) { return functional::softsign(x); }

Hardtanh::Hardtanh(Options options) : options_(options) {
  if (!(options.min_val < options.max_val))
    frontend::fail({"Hardtanh"}, "min_val " + python_repr(options.min_val) +
                                     " is not below max_val " + python_repr(options.max_val));
}

Tensor Hardtanh::forward(const Tensor& x) {
  return functional::hardtanh(x, options_.min_val, options_.max_val);
}

std::string Hardtanh::extra_repr() const {
  return "min_val=" + python_repr(options_.min_val) + ", max_val=" + python_repr(options_.max_val) +
         if_inplace(options_.inplace);
}

Tensor LeakyReLU::forward(const Tensor& x) {
  return functional::leaky_relu(x, options_.negative_slope);
}

std::string LeakyReLU::extra_repr() const {
  return "negative_slope=" + python_repr(options_.negative_slope) + if_inplace(options_.inplace);
}

PReLU::PReLU(Options options)
    : options_(options),
      weight(this, "weight",
             detail::filled({detail::at_least_1("PReLU", "num_parameters", options.num_parameters)},
                            options.init, f32)) {}

void PReLU::reset_parameters() { init::constant_(weight, options_.init); }

Tensor PReLU::forward(const Tensor& x) { return functional::prelu(x, weight); }

std::string PReLU::extra_repr() const {
  return "num_parameters=" + std::to_string(options_.num_parameters);
}

Tensor ELU::forward(const Tensor& x) { return functional::elu(x, options_.alpha); }

std::string ELU::extra_repr() const {
  return "alpha=" + python_repr(options_.alpha) + if_inplace(options_.inplace);
}

Tensor CELU::forward(const Tensor& x) { return functional::celu(x, options_.alpha); }

std::string CELU::extra_repr() const {
  return "alpha=" + python_repr(options_.alpha) + if_inplace(options_.inplace);
}

GELU::GELU(Options options) : options_(std::move(options)) {
  if (options_.approximate != "none" && options_.approximate != "tanh")
    frontend::fail({"GELU"},
                   "approximate = \"" + options_.approximate + "\", must be \"none\" or \"tanh\"");
}

Tensor GELU::forward(const Tensor& x) {
  return functional::gelu(x, options_.approximate == "tanh");
}

Tensor Softplus::forward(const Tensor& x) {
  return functional::softplus(x, options_.beta, options_.threshold);
}

std::string Softplus::extra_repr() const {
  return "beta=" + python_number(options_.beta) +
         ", threshold=" + python_number(options_.threshold);
}

Tensor Threshold::forward(const Tensor& x) {
  return functional::threshold(x, options_.threshold, options_.value);
}

std::string Threshold::extra_repr() const {
  return "threshold=" + python_number(options_.threshold) +
         ", value=" + python_number(options_.value) + if_inplace(options_.inplace);
}

}  // namespace etch::nn
