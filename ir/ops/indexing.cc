// Type rules, derivatives and fusion roles of ops that read or write at computed places.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using llvm::ArrayRef;
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

LogicalResult UpdateSliceOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location> loc,
                                              Adaptor adaptor,
                                              llvm::SmallVectorImpl<mlir::Type>& types) {
  RankedTensorType base = tensorType(adaptor.getBase()), update = tensorType(adaptor.getUpdate());
  RankedTensorType start = tensorType(adaptor.getStart());
  int64_t dim = adaptor.getDim();
  // update_slice_c1
  if (base.getElementType() != update.getElementType() || base.getRank() != update.getRank())
    return emitOptionalError(loc, "etch.update_slice wants one element type and one rank (base ",
                             base, ", update ", update, ")");
  if (dim < 0 || dim >= base.getRank())
    return emitOptionalError(loc, "etch.update_slice: dimension ", dim, " is not in [0, ",
                             base.getRank(), ")");
  // update_slice_c2
  for (int64_t d = 0; d < base.getRank(); ++d)
    if (d != dim && base.getDimSize(d) != update.getDimSize(d))
      return emitOptionalError(loc, "etch.update_slice along dimension ", dim, " has a base ", base,
                               " and an update ", update);
  // update_slice_c3
  if (start.getRank() != 0)
    return emitOptionalError(loc, "etch.update_slice wants a scalar start, not ", start);
  types.push_back(base);
  return mlir::success();
}

FusionRole GatherOp::getFusionRole() { return FusionRole::kPointwise; }
FusionRole ScatterAddOp::getFusionRole() { return FusionRole::kIsolated; }
FusionRole UpdateSliceOp::getFusionRole() { return FusionRole::kIsolated; }

// The rows that are chosen, each as often as it is.
int64_t GatherOp::countElementsRead(unsigned operand) {
  return tensorType(operand == 0 ? getResult() : getIndices()).getNumElements();
}
// In place nothing is read of what is kept.
int64_t UpdateSliceOp::countElementsRead(unsigned operand) {
  return operand == 0 ? 0 : tensorType(getOperand(operand)).getNumElements();
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

// The base counts where it is kept; row i of the update where start + i is a row.
SmallVector<Value> UpdateSliceOp::buildVjp(mlir::OpBuilder& b, mlir::ValueRange dy) {
  if (!isFloatTensor(getBase())) return {nullptr, nullptr, nullptr};
  Emitter e(b, getLoc());
  Value base = e.make<UpdateSliceOp>(dy[0], e.like(getUpdate(), 0), getStart(), getDimAttr());
  ArrayRef<int64_t> shape = shapeOf(getUpdate());
  int64_t dim = getDim(), rank = shape.size(), rows = shape[dim], all = shapeOf(getBase())[dim];
  mlir::Type index = tensorType(getStart()).getElementType();
  auto list = RankedTensorType::get({rows}, index);
  Value numbers = e.make<IotaOp>(ArrayRef<int64_t>{rows}, 0, index);
  numbers = e.add(numbers, e.broadcast(e.reshape(getStart(), {1}), {rows}));
  Value inside =
      e.make<AndOp>(e.compare(Comparison::ge, numbers, e.splat(list, 0)),
                    e.compare(Comparison::lt, numbers, e.splat(list, static_cast<double>(all))));
  SmallVector<int64_t> to_front = llvm::to_vector(llvm::seq<int64_t>(0, rank)), column(rank, 1);
  std::swap(to_front[0], to_front[dim]);
  column[dim] = rows;
  Value none = e.like(getUpdate(), 0), update = none;
  if (all > 0) {
    update = e.transpose(e.make<GatherOp>(e.transpose(dy[0], to_front), numbers), to_front);
    update = e.select(e.broadcast(e.reshape(inside, column), shape), update, none);
  }
  return {base, update, nullptr};
}

// No rows, or all of them.
mlir::OpFoldResult UpdateSliceOp::fold(FoldAdaptor adaptor) {
  RankedTensorType update = tensorType(getUpdate());
  if (update.getNumElements() == 0) return getBase();
  if (update == getBase().getType() && splatNumber(adaptor.getStart()) == 0) return getUpdate();
  return {};
}

}  // namespace etch::ir
