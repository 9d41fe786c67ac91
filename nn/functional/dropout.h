// Random zeros as functions. In training each draws from `state` (an nn::RandomState's) or, when
// empty, from the thread's default generator; otherwise, and for p = 0, the result is x itself.
// All throw etch::Error unless 0 <= p <= 1.
#ifndef ETCH_NN_FUNCTIONAL_DROPOUT_H_
#define ETCH_NN_FUNCTIONAL_DROPOUT_H_

#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// Zeroes elements with probability `p` and scales the rest by 1 / (1 - p).
// Source: Srivastava et al., "Dropout", JMLR 2014.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               const std::optional<Tensor>& state = std::nullopt, Loc loc = Loc::current());

// Zeroes whole channels: of x [N, C, length] or [C, length].
Tensor dropout1d(const Tensor& x, double p = 0.5, bool training = true,
                 const std::optional<Tensor>& state = std::nullopt, Loc loc = Loc::current());
// Zeroes whole channels: of x [N, C, height, width]; three dimensions count as [N, C, length], as
// in PyTorch. Source: Tompson et al., 2014, arXiv:1411.4280.
Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true,
                 const std::optional<Tensor>& state = std::nullopt, Loc loc = Loc::current());

// Sets elements to SELU's limit with probability `p`, then scales and shifts all so that mean 0 and
// variance 1 are kept. Source: Klambauer et al., 2017, arXiv:1706.02515.
Tensor alpha_dropout(const Tensor& x, double p = 0.5, bool training = false,
                     const std::optional<Tensor>& state = std::nullopt, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_DROPOUT_H_
