// One factor of a matrix product as its schedule reads it.
#ifndef ETCH_CODEGEN_SCHEDULE_FACTOR_H_
#define ETCH_CODEGEN_SCHEDULE_FACTOR_H_

#include "etch/codegen/schedule/kernel.h"

namespace etch::codegen {

// Strided: an element lies at the sum of its indices times `strides` (one for each dimension of the
// product's result, 0 where the factor does not vary) and `depth_strides`. Packed: panels of
// `panel` rows (of the left factor) or columns (of the right one), each K x panel; with `pairs` two
// neighbours along the depth lie together, so each is K / 2 x panel x 2.
struct Factor {
  Access access;
  llvm::SmallVector<int64_t> strides;
  llvm::SmallVector<int64_t> depth_strides;  // one for each reduction loop
  int64_t panel = 0;                         // 0: strided
  bool pairs = false;

  // The factor as an access over the shape of the result. Rows of a packed one do not count.
  Access overResult(llvm::ArrayRef<int64_t> shape) const;
};

// The factor `operand` of the product `op`. Failure after a diagnostic where it does not lie in
// memory.
mlir::FailureOr<Factor> factorOf(mlir::linalg::GenericOp op, mlir::OpOperand& operand);

// A reduction loop, or several that both factors walk as one.
struct DepthLoop {
  int64_t extent = 1;
  int64_t lhs_stride = 0;
  int64_t rhs_stride = 0;
};

// The reduction loops of a product, outermost first; never none.
llvm::SmallVector<DepthLoop> depthLoops(llvm::ArrayRef<int64_t> extents, const Factor& lhs,
                                        const Factor& rhs);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_FACTOR_H_
