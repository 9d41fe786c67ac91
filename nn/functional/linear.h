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

// y[..., o] = sum over i, j of x1[..., i] weight[o, i, j] x2[..., j], plus bias [o]; leading
// dimensions of x1 and x2 are equal. Throws etch::Error when a shape does not fit.
Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight,
                const std::optional<Tensor>& bias = std::nullopt, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_LINEAR_H_
