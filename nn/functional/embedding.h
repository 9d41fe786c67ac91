// Lookups in tables as functions.
#ifndef ETCH_NN_FUNCTIONAL_EMBEDDING_H_
#define ETCH_NN_FUNCTIONAL_EMBEDDING_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// Rows of `weight` [rows, n] at `indices` (i32 or i64, any shape); result [indices..., n]. Row
// `padding_idx` (negative: from the end) gets no gradient. Throws etch::Error when there is none.
Tensor embedding(const Tensor& indices, const Tensor& weight,
                 std::optional<int64_t> padding_idx = std::nullopt, Loc loc = Loc::current());

// 1 where the class is `indices`, else 0, in i64; [indices..., num_classes].
Tensor one_hot(const Tensor& indices, int64_t num_classes, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_EMBEDDING_H_
