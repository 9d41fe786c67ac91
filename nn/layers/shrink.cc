#include "etch/nn/layers/shrink.h"

#include "etch/frontend/scope.h"
#include "etch/nn/functional/activation.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {

Tensor Tanhshrink::forward(const Tensor& x) { return functional::tanhshrink(x); }

Softshrink::Softshrink(Options options) : options_(options) {
  if (!(options.lambda >= 0))
    frontend::fail({"Softshrink"},
                   "lambda = " + detail::python_repr(options.lambda) + ", must be 0 or more");
}

Tensor Softshrink::forward(const Tensor& x) { return functional::softshrink(x, options_.lambda); }

std::string Softshrink::extra_repr() const { return detail::python_repr(options_.lambda); }

Tensor Hardshrink::forward(const Tensor& x) { return functional::hardshrink(x, options_.lambda); }

std::string Hardshrink::extra_repr() const { return detail::python_repr(options_.lambda); }

}  // namespace etch::nn
