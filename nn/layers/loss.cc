#include "etch/nn/layers/loss.h"

namespace etch::nn {

Tensor CrossEntropyLoss::forward(const Tensor& logits, const Tensor& target) {
  return functional::cross_entropy(logits, target, options_);
}

Tensor MSELoss::forward(const Tensor& x, const Tensor& target) {
  return functional::mse_loss(x, target, options_.reduction);
}

}  // namespace etch::nn
