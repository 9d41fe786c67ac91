// Type rule and derivative of etch.boundary, and what it becomes.
#include "etch/ir/dialect.h"

namespace etch::ir {

llvm::LogicalResult BoundaryOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                                 Adaptor adaptor,
                                                 llvm::SmallVectorImpl<mlir::Type>& types) {
  llvm::append_range(types, adaptor.getInputs().getTypes());  // boundary_c1
  return mlir::success();
}

// dx = dy.
llvm::SmallVector<mlir::Value> BoundaryOp::buildVjp(mlir::OpBuilder&, mlir::ValueRange dy) {
  return llvm::to_vector(dy);
}

llvm::SmallVector<mlir::Value> BoundaryOp::decompose(mlir::OpBuilder&) {
  return llvm::to_vector(getInputs());
}

}  // namespace etch::ir
