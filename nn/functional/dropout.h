// Random zeros as functions.
#ifndef ETCH_NN_FUNCTIONAL_DROPOUT_H_
#define ETCH_NN_FUNCTIONAL_DROPOUT_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// In training, zeroes elements with probability `p` and scales the rest by 1 / (1 - p), drawing
// from `state` (an nn::RandomState's) or, when empty, from the thread's default generator.
// Otherwise x itself. Throws etch::Error unless 0 <= p <= 1.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               const std::optional<Tensor>& state = std::nullopt, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_DROPOUT_H_
