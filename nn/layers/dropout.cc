#include "etch/nn/layers/dropout.h"

#include "etch/nn/functional/dropout.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace detail {

DropoutBase::DropoutBase(const char* name, Options options) : options_(options) {
  probability(name, "p", options.p);
}

std::string DropoutBase::extra_repr() const {
  return "p=" + python_repr(options_.p) + ", inplace=" + python_bool(options_.inplace);
}

}  // namespace detail

Tensor Dropout::forward(const Tensor& x) {
  return functional::dropout(x, options_.p, training, random_.state());
}

Tensor Dropout1d::forward(const Tensor& x) {
  return functional::dropout1d(x, options_.p, training, random_.state());
}

Tensor Dropout2d::forward(const Tensor& x) {
  return functional::dropout2d(x, options_.p, training, random_.state());
}

Tensor AlphaDropout::forward(const Tensor& x) {
  return functional::alpha_dropout(x, options_.p, training, random_.state());
}

}  // namespace etch::nn
