// Elements chosen by integer tensors.
#ifndef ETCH_FRONTEND_OPS_INDEXING_H_
#define ETCH_FRONTEND_OPS_INDEXING_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// Rows of `weight` [rows, ...] at `indices` (i32 or i64, any shape).
Tensor embedding(const Tensor& weight, const Tensor& indices, Loc loc = Loc::current());
// 1 where index == class, else 0; appends a dimension of `classes`.
Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype = f32, Loc loc = Loc::current());
// result[indices[i...], ...] += updates[i..., ...] on zeros of `rows` rows.
Tensor scatter_add_rows(const Tensor& indices, const Tensor& updates, int64_t rows,
                        Loc loc = Loc::current());
// For each row of x [..., n] the element at indices [...]: result [...].
Tensor take_last(const Tensor& x, const Tensor& indices, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_INDEXING_H_
