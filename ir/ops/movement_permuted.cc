// Movements with their dimensions in another order.
#include "etch/ir/build.h"

namespace etch::ir {

using llvm::ArrayRef;
using mlir::OpBuilder;
using mlir::Value;
using mlir::ValueRange;

Value BroadcastOp::permuted(OpBuilder& b, ValueRange operands, ArrayRef<int64_t> permutation) {
  return create(b, getLoc(), operands[0], permutedNumbers(getShape(), permutation));
}

Value SliceOp::permuted(OpBuilder& b, ValueRange operands, ArrayRef<int64_t> permutation) {
  return create(b, getLoc(), operands[0], permutedNumbers(getOffsets(), permutation),
                permutedNumbers(getSizes(), permutation),
                permutedNumbers(getStrides(), permutation));
}

Value ReverseOp::permuted(OpBuilder& b, ValueRange operands, ArrayRef<int64_t> permutation) {
  return create(b, getLoc(), operands[0], permutedDims(getDims(), permutation));
}

Value PadOp::permuted(OpBuilder& b, ValueRange operands, ArrayRef<int64_t> permutation) {
  return create(b, getLoc(), operands[0], permutedNumbers(getLow(), permutation),
                permutedNumbers(getHigh(), permutation),
                permutedNumbers(getInterior(), permutation), getValueAttr());
}

Value ConcatOp::permuted(OpBuilder& b, ValueRange operands, ArrayRef<int64_t> permutation) {
  return create(b, getLoc(), operands, inversePermutation(permutation)[getDim()]);
}

Value IotaOp::permuted(OpBuilder& b, ValueRange, ArrayRef<int64_t> permutation) {
  return create(b, getLoc(), permutedNumbers(getShape(), permutation),
                inversePermutation(permutation)[getDim()], getDtype());
}

}  // namespace etch::ir
