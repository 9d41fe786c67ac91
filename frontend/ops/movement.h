// Shapes and places. None of these computes; most cost nothing after compilation. All dtypes.
// Results are values of their own: writing to one does not change what it was made of.
#ifndef ETCH_FRONTEND_OPS_MOVEMENT_H_
#define ETCH_FRONTEND_OPS_MOVEMENT_H_

#include <vector>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// The elements in row-major order under another shape; one extent may be -1, for what is left.
Tensor reshape(const Tensor& x, const Shape& shape, Loc loc = Loc::current());
// Dimensions start to end as one; a tensor without dimensions gets one.
Tensor flatten(const Tensor& x, int64_t start = 0, int64_t end = -1, Loc loc = Loc::current());
// Dimension `dim` as several; one of the sizes may be -1.
Tensor unflatten(const Tensor& x, int64_t dim, const Shape& sizes, Loc loc = Loc::current());
// Without dimensions of extent 1: all of them, or those named.
Tensor squeeze(const Tensor& x, Loc loc = Loc::current());
Tensor squeeze(const Tensor& x, const Dims& dims, Loc loc = Loc::current());
// With a dimension of extent 1 before `dim`, which may be the rank (or -1) for one at the end.
Tensor unsqueeze(const Tensor& x, int64_t dim, Loc loc = Loc::current());

// Dimensions a and b change places.
Tensor transpose(const Tensor& x, int64_t a, int64_t b, Loc loc = Loc::current());
Tensor swapaxes(const Tensor& x, int64_t a, int64_t b, Loc loc = Loc::current());
// Of a matrix; tensors of less than two dimensions are their own.
Tensor t(const Tensor& x, Loc loc = Loc::current());
// Dimension i of the result is dimension dims[i] of x.
Tensor permute(const Tensor& x, const std::vector<int64_t>& dims, Loc loc = Loc::current());
// Dimensions `from` go to the places `to`; the others keep their order.
Tensor movedim(const Tensor& x, const Dims& from, const Dims& to, Loc loc = Loc::current());

// Dimensions of extent 1 repeated, new ones in front; -1 keeps an extent.
Tensor expand(const Tensor& x, const Shape& shape, Loc loc = Loc::current());
Tensor expand_as(const Tensor& x, const Tensor& other, Loc loc = Loc::current());
Tensor broadcast_to(const Tensor& x, const Shape& shape, Loc loc = Loc::current());
// x beside itself, counts[i] times along dimension i; more counts than dimensions add some in
// front. `tile` also takes fewer counts, for the last dimensions.
Tensor repeat(const Tensor& x, const Shape& counts, Loc loc = Loc::current());
Tensor tile(const Tensor& x, const Shape& counts, Loc loc = Loc::current());
// Each element `count` times in a row along `dim`.
Tensor repeat_interleave(const Tensor& x, int64_t count, int64_t dim, Loc loc = Loc::current());

// x[start:stop:step] along `dim`; bounds clamp as in Python. subscript.h has the same in brackets.
Tensor slice(const Tensor& x, int64_t dim, int64_t start, int64_t stop, int64_t step = 1,
             Loc loc = Loc::current());
// `length` elements from `start`, which must be there.
Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length,
              Loc loc = Loc::current());
// The element at `index` of `dim`, which goes.
Tensor select(const Tensor& x, int64_t dim, int64_t index, Loc loc = Loc::current());

// In reverse order along the dimensions.
Tensor flip(const Tensor& x, const Dims& dims, Loc loc = Loc::current());
// shifts[i] places further along dims[i]; what leaves at the end comes back at the start. Without
// dimensions, as if x were flat.
Tensor roll(const Tensor& x, const std::vector<int64_t>& shifts,
            const std::vector<int64_t>& dims = {}, Loc loc = Loc::current());
Tensor roll(const Tensor& x, int64_t shift, int64_t dim, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_MOVEMENT_H_
