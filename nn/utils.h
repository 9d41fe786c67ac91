// Helpers for training loops.
#ifndef ETCH_NN_UTILS_H_
#define ETCH_NN_UTILS_H_

#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn::utils {

// Scales all gradients so that their common norm is at most `max_norm`; returns the norm before.
// `norm_type`: 2, 1 or infinity. Parameters without a gradient count for nothing; without any
// gradient the result is 0. Traceable; by PyTorch's formula, grad *= min(1, max_norm / (norm +
// 1e-6)).
Tensor clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm,
                       double norm_type = 2);

}  // namespace etch::nn::utils

#endif  // ETCH_NN_UTILS_H_
