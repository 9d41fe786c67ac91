// Sums of overlapping windows whose elements are computed from the window alone, as in the gradient
// of a pooling.
#ifndef ETCH_IR_OPS_WINDOWS_FOLD_H_
#define ETCH_IR_OPS_WINDOWS_FOLD_H_

#include "etch/ir/build.h"

namespace etch::ir {

// The result of `op` as sums of shifted operands, or null where that cannot be. The operand is
// elementwise in what all places of a window share (the gradient, the place of the maximum) and in
// places (their number). For p = stride * t + r, with one sum for each remainder r,
//   result[p] = sum over k with k * dilation = r (mod stride) of x[k, t + (r - k * dilation) /
//   stride],
// where x[k, o] is computed for this k alone, and is never in memory as a whole.
mlir::Value foldInPhases(mlir::OpBuilder& builder, FoldOp op);

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_WINDOWS_FOLD_H_
