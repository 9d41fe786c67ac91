// Normalizations as functions.
#ifndef ETCH_NN_FUNCTIONAL_NORMALIZATION_H_
#define ETCH_NN_FUNCTIONAL_NORMALIZATION_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// Over the last dimensions, which must be `normalized_shape`; see etch::layer_norm.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                  const std::optional<Tensor>& weight = std::nullopt,
                  const std::optional<Tensor>& bias = std::nullopt, double epsilon = 1e-5,
                  Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_NORMALIZATION_H_
