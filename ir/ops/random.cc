// Type rule and fusion role of random draws.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

mlir::LogicalResult RandomUniformOp::inferReturnTypes(mlir::MLIRContext* context,
                                                      std::optional<mlir::Location> loc,
                                                      Adaptor adaptor,
                                                      llvm::SmallVectorImpl<mlir::Type>& types) {
  mlir::RankedTensorType state = tensorType(adaptor.getState());
  // random_uniform_c1
  if (state.getShape() != llvm::ArrayRef<int64_t>{2} || !state.getElementType().isInteger(64))
    return mlir::emitOptionalError(loc, "etch.random_uniform wants a state tensor<2xi64>, not ",
                                   state);
  if (failed(checkExtents(getOperationName(), loc, adaptor.getShape()))) return mlir::failure();
  types.push_back(mlir::RankedTensorType::get(
      adaptor.getShape(), mlir::Float32Type::get(context)));  // random_uniform_c2
  return mlir::success();
}

FusionRole RandomUniformOp::getFusionRole() { return FusionRole::kPointwise; }

}  // namespace etch::ir
