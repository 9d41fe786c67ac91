// Lookups in tables as functions.
#ifndef ETCH_NN_FUNCTIONAL_EMBEDDING_H_
#define ETCH_NN_FUNCTIONAL_EMBEDDING_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// Rows of `weight` [rows, n] at `indices` (i32 or i64, any shape); result [indices..., n].
Tensor embedding(const Tensor& indices, const Tensor& weight, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_EMBEDDING_H_
