// Affine maps as functions.
#ifndef ETCH_NN_FUNCTIONAL_LINEAR_H_
#define ETCH_NN_FUNCTIONAL_LINEAR_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// x [..., in] times weight [out, in] transposed, plus bias [out]; result [..., out].
Tensor linear(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_LINEAR_H_
