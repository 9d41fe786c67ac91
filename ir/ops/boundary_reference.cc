#include "etch/ir/dialect.h"
#include "etch/ir/reference.h"

namespace etch::ir {

llvm::LogicalResult BoundaryOp::evaluate(llvm::ArrayRef<const ReferenceTensor*> operands,
                                         llvm::MutableArrayRef<ReferenceTensor> results,
                                         const ReferenceOptions&) {
  for (auto [result, operand] : llvm::zip(results, operands)) result = *operand;
  return mlir::success();
}

}  // namespace etch::ir
