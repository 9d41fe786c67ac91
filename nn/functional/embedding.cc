#include "etch/nn/functional/embedding.h"

#include "etch/frontend/ops.h"

namespace etch::nn::functional {

Tensor embedding(const Tensor& indices, const Tensor& weight, Loc loc) {
  return etch::embedding(weight, indices, loc);
}

}  // namespace etch::nn::functional
