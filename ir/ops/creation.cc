// Type rules and fusion roles of constants and iota.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using mlir::emitOptionalError;
using mlir::LogicalResult;

LogicalResult ConstantOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location> loc,
                                           Adaptor adaptor,
                                           llvm::SmallVectorImpl<mlir::Type>& types) {
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(adaptor.getValue().getType());
  // constant_c1
  if (!type)
    return emitOptionalError(loc, "etch.constant wants the value of a tensor, not of ",
                             adaptor.getValue().getType());
  types.push_back(type);
  return mlir::success();
}

LogicalResult IotaOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location> loc,
                                       Adaptor adaptor, llvm::SmallVectorImpl<mlir::Type>& types) {
  llvm::ArrayRef<int64_t> shape = adaptor.getShape();
  // iota_c1
  if (failed(checkExtents(getOperationName(), loc, shape)) ||
      failed(checkDim(getOperationName(), loc, adaptor.getDim(), shape.size())))
    return mlir::failure();
  if (!mlir::TensorType::isValidElementType(adaptor.getDtype()))
    return emitOptionalError(loc, "etch.iota of ", adaptor.getDtype());
  types.push_back(mlir::RankedTensorType::get(shape, adaptor.getDtype()));
  return mlir::success();
}

// A splat is a number in the code of each consumer; other constants are memory of their own.
FusionRole ConstantOp::getFusionRole() {
  return getValue().isSplat() ? FusionRole::kInline : FusionRole::kIsolated;
}
FusionRole IotaOp::getFusionRole() { return FusionRole::kInline; }

mlir::OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

}  // namespace etch::ir
