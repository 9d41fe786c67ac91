// Keeping gradients small, between backward() and the optimizer's step(). Traceable.
#ifndef ETCH_NN_UTILS_CLIP_GRAD_H_
#define ETCH_NN_UTILS_CLIP_GRAD_H_

#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn::utils {

// Scales all gradients so that their common norm is at most `max_norm`; returns the norm before.
// `norm_type` is above 0, or infinity for the largest magnitude. Parameters without a gradient
// count for nothing; without any gradient the result is 0. By PyTorch's formula,
// grad *= min(1, max_norm / (norm + 1e-6)).
//
// With `error_if_nonfinite` a norm that is infinite or NaN throws etch::Error: in eager-looking
// code before anything is changed, in a compiled program at the end of the call, when what the
// program writes is written. Throws for another norm_type.
Tensor clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2,
                       bool error_if_nonfinite = false,
                       std::source_location loc = std::source_location::current());

// Clamps every element of the gradients to [-clip_value, clip_value].
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);

}  // namespace etch::nn::utils

#endif  // ETCH_NN_UTILS_CLIP_GRAD_H_
