// Type rules, derivatives and fusion roles of ops that read or write at computed places.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::emitOptionalError;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::Value;

LogicalResult GatherOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location> loc,
                                         Adaptor adaptor,
                                         llvm::SmallVectorImpl<mlir::Type>& types) {
  RankedTensorType table = tensorType(adaptor.getTable());
  RankedTensorType indices = tensorType(adaptor.getIndices());
  // gather_c1
  if (table.getRank() < 1)
    return emitOptionalError(loc, "etch.gather wants a table of rank 1 or more, not rank ",
                             table.getRank(), " (table ", table, ")");
  if (table.getDimSize(0) == 0 && indices.getNumElements() > 0)
    return emitOptionalError(loc, "etch.gather of ", indices.getNumElements(),
                             " rows from a table of 0 rows (table ", table, ", indices ", indices,
                             ")");
  auto shape = llvm::to_vector(indices.getShape());  // gather_c2
  llvm::append_range(shape, table.getShape().drop_front());
  types.push_back(table.clone(shape));
  return mlir::success();
}

LogicalResult ScatterAddOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location> loc,
                                             Adaptor adaptor,
                                             llvm::SmallVectorImpl<mlir::Type>& types) {
  RankedTensorType indices = tensorType(adaptor.getIndices());
  RankedTensorType updates = tensorType(adaptor.getUpdates());
  size_t rank = indices.getRank();
  // scatter_add_c1
  if (updates.getShape().take_front(rank) != indices.getShape())
    return emitOptionalError(loc, "etch.scatter_add has updates of shape ",
                             shapeText(updates.getShape()), " for indices of shape ",
                             shapeText(indices.getShape()));
  // scatter_add_c3
  int64_t rows = adaptor.getRows();
  if (rows < 0 || (rows == 0 && indices.getNumElements() > 0))
    return emitOptionalError(loc, "etch.scatter_add of ", indices.getNumElements(), " updates to ",
                             rows, " rows");
  SmallVector<int64_t> shape = {rows};  // scatter_add_c2
  llvm::append_range(shape, updates.getShape().drop_front(rank));
  types.push_back(updates.clone(shape));
  return mlir::success();
}

FusionRole GatherOp::getFusionRole() { return FusionRole::kPointwise; }
FusionRole ScatterAddOp::getFusionRole() { return FusionRole::kIsolated; }

// The rows that are chosen, each as often as it is.
int64_t GatherOp::countElementsRead(unsigned operand) {
  return tensorType(operand == 0 ? getResult() : getIndices()).getNumElements();
}
int64_t ScatterAddOp::countOperations() { return tensorType(getUpdates()).getNumElements(); }

// Reading rows and summing into rows are each other's transposes.
SmallVector<Value> GatherOp::buildVjp(mlir::OpBuilder& b, mlir::ValueRange dy) {
  RankedTensorType table = tensorType(getTable());
  if (!llvm::isa<mlir::FloatType>(table.getElementType())) return {nullptr, nullptr};
  Emitter e(b, getLoc());
  return {e.make<ScatterAddOp>(getIndices(), dy[0], table.getDimSize(0)), nullptr};
}

SmallVector<Value> ScatterAddOp::buildVjp(mlir::OpBuilder& b, mlir::ValueRange dy) {
  RankedTensorType updates = tensorType(getUpdates());
  if (!llvm::isa<mlir::FloatType>(updates.getElementType())) return {nullptr, nullptr};
  return {nullptr, Emitter(b, getLoc()).make<GatherOp>(dy[0], getIndices())};
}

}  // namespace etch::ir
