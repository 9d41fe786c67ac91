#include "etch/nn/layers/softmax.h"

#include "etch/nn/functional/activation.h"

namespace etch::nn {

Tensor Softmax::forward(const Tensor& x) { return functional::softmax(x, dim_); }
Tensor Softmin::forward(const Tensor& x) { return functional::softmin(x, dim_); }
Tensor LogSoftmax::forward(const Tensor& x) { return functional::log_softmax(x, dim_); }
Tensor GLU::forward(const Tensor& x) { return functional::glu(x, dim_); }

}  // namespace etch::nn
