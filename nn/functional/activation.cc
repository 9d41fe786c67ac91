#include "etch/nn/functional/activation.h"

#include "etch/frontend/ops.h"

namespace etch::nn::functional {

Tensor relu(const Tensor& x, Loc loc) { return etch::relu(x, loc); }

Tensor gelu(const Tensor& x, bool tanh_approximation, Loc loc) {
  return etch::gelu(x, tanh_approximation, loc);
}

Tensor softmax(const Tensor& x, int64_t dim, Loc loc) { return etch::softmax(x, dim, loc); }

}  // namespace etch::nn::functional
