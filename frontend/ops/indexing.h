// Elements chosen by integer tensors.
#ifndef ETCH_FRONTEND_OPS_INDEXING_H_
#define ETCH_FRONTEND_OPS_INDEXING_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// Rows of `weight` [rows, ...] at `indices` (i32 or i64, any shape). Indices out of range are the
// caller's mistake, and read the nearest row.
Tensor embedding(const Tensor& weight, const Tensor& indices, Loc loc = Loc::current());
// 1 where the class is `indices` (i32 or i64), else 0; [indices..., classes]. A class out of range
// has no 1.
Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype = i64, Loc loc = Loc::current());
// result[indices[i...], ...] += updates[i..., ...] on zeros of `rows` rows.
Tensor scatter_add_rows(const Tensor& indices, const Tensor& updates, int64_t rows,
                        Loc loc = Loc::current());
// For each row of x [..., n] the element at indices [...]: result [...].
Tensor take_last(const Tensor& x, const Tensor& indices, Loc loc = Loc::current());

// result[i, j, k] = x[index[i, j, k], j, k] for dim = 0, likewise for others, as torch.gather:
// `index` (i32 or i64) has the rank of x and in other dimensions at most its extents. An index
// outside of x reads the nearest element: what lies in memory stays safe, checking is the caller's.
Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, Loc loc = Loc::current());
// A copy of x with result[index[i, j, k], j, k] += src[i, j, k] for dim = 0, likewise for others,
// as torch.scatter_add. `src` is at least as large as `index` in each dimension.
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& src,
                   Loc loc = Loc::current());
// The slices of x along `dim` at `index` (i32 or i64, one dimension), as torch.index_select.
Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index, Loc loc = Loc::current());

// A copy of x whose rows start, start + 1, ... along `dim` are those of `rows`, which has the
// extents of x in other dimensions: slice_scatter of PyTorch with a start that is computed, an
// integer scalar (i32 or i64). Rows that fall outside of x are dropped. Where x dies here, as the
// last value of a buffer does, the program writes over it and touches only the rows that change.
Tensor update_slice(const Tensor& x, int64_t dim, const Tensor& start, const Tensor& rows,
                    Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_INDEXING_H_
