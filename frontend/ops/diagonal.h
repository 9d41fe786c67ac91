// Matrices by their diagonals: `diagonal` 0 is the main one, positive ones lie above it. All
// dtypes.
#ifndef ETCH_FRONTEND_OPS_DIAGONAL_H_
#define ETCH_FRONTEND_OPS_DIAGONAL_H_

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// The matrices of the last two dimensions with zeros above, or below, a diagonal.
Tensor tril(const Tensor& x, int64_t diagonal = 0, Loc loc = Loc::current());
Tensor triu(const Tensor& x, int64_t diagonal = 0, Loc loc = Loc::current());
// The elements of a diagonal of the matrices that dimensions dim1 and dim2 are; it becomes the last
// dimension.
Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1,
                Loc loc = Loc::current());
// Of a matrix its diagonal; of a vector the matrix that has it there, and zeros elsewhere.
Tensor diag(const Tensor& x, int64_t diagonal = 0, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_DIAGONAL_H_
