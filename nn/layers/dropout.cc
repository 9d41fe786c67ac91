#include "etch/nn/layers/dropout.h"

#include "etch/nn/functional.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {

Dropout::Dropout(Options options) : options_(options) {
  detail::probability("Dropout", "p", options.p);
}

Tensor Dropout::forward(const Tensor& x) {
  return functional::dropout(x, options_.p, training, random_.state());
}

std::string Dropout::extra_repr() const {
  return "p=" + detail::python_repr(options_.p) +
         ", inplace=" + detail::python_bool(options_.inplace);
}

}  // namespace etch::nn
