// Verifiers and fusion roles of ops that repeat a region.
#include "etch/ir/build.h"
#include "etch/ir/ops/region_rules.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::LogicalResult;
using mlir::Type;

namespace {

// The type of one row of `stacked`.
Type rowType(Type stacked) {
  auto type = llvm::cast<mlir::RankedTensorType>(stacked);
  return mlir::RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
}

LogicalResult verifyStacked(ScanOp op, mlir::TypeRange types, llvm::StringRef what) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = llvm::cast<mlir::RankedTensorType>(type);
    if (tensor.getRank() == 0 || tensor.getDimSize(0) != static_cast<int64_t>(op.getLength()))
      return op.emitOpError() << "has " << op.getLength() << " steps, but " << what << " " << i
                              << " is " << type;
  }
  return mlir::success();
}

}  // namespace

LogicalResult ScanOp::verify() {
  // scan_c1
  if (static_cast<int64_t>(getLength()) < 0)
    return emitOpError() << "has a length of " << static_cast<int64_t>(getLength());
  if (failed(verifyStacked(*this, getXs().getTypes(), "its input"))) return mlir::failure();
  SmallVector<Type> takes = llvm::to_vector(getInits().getTypes());
  for (Type type : getXs().getTypes()) takes.push_back(rowType(type));
  llvm::append_range(takes, getCaptures().getTypes());
  // scan_c2
  if (failed(verifyArguments(*this, getBody(), "body", takes))) return mlir::failure();
  // scan_c3
  if (getNumResults() < numCarries())
    return emitOpError() << "has " << numCarries() << " carries and only " << getNumResults()
                         << " results";
  SmallVector<Type> yields = llvm::to_vector(getInits().getTypes());
  if (lastCarries().getTypes() != getInits().getTypes())
    return emitOpError("has carries of other types at its end than at its begin");
  if (failed(verifyStacked(*this, ys().getTypes(), "its further result"))) return mlir::failure();
  for (Type type : ys().getTypes()) yields.push_back(rowType(type));
  return verifyYield(*this, getBody(), "body", yields);
}

FusionRole ScanOp::getFusionRole() { return FusionRole::kHost; }

RegionValue ScanOp::regionArgument(unsigned, unsigned argument) {
  unsigned carries = numCarries(), xs = getXs().size();
  if (argument < carries) return {RegionValue::kCarried, argument};
  return {argument < carries + xs ? RegionValue::kRow : RegionValue::kWhole, argument};
}

RegionValue ScanOp::regionResult(unsigned, unsigned yielded) {
  return {yielded < numCarries() ? RegionValue::kCarried : RegionValue::kRow, yielded};
}

void ScanOp::addCapture(mlir::Value value) {
  getCapturesMutable().append(value);
  addRegionArguments(*this, value);
}

LogicalResult WhileOp::verify() {
  SmallVector<Type> takes = joinTypes(getInits().getTypes(), getCaptures().getTypes());
  // while_c1
  if (failed(verifyArguments(*this, getCondition(), "condition", takes)) ||
      failed(verifyArguments(*this, getBody(), "body", takes)))
    return mlir::failure();
  // while_c2
  Type boolean = mlir::RankedTensorType::get({}, mlir::IntegerType::get(getContext(), 1));
  if (failed(verifyYield(*this, getCondition(), "condition", boolean))) return mlir::failure();
  // while_c3
  if (getResultTypes() != getInits().getTypes())
    return emitOpError("has carries of other types at its end than at its begin");
  return verifyYield(*this, getBody(), "body", getResultTypes());
}

FusionRole WhileOp::getFusionRole() { return FusionRole::kHost; }

RegionValue WhileOp::regionArgument(unsigned, unsigned argument) {
  bool carried = argument < getInits().size();
  return {carried ? RegionValue::kCarried : RegionValue::kWhole, argument};
}

RegionValue WhileOp::regionResult(unsigned region, unsigned yielded) {
  return {region == 0 ? RegionValue::kPredicate : RegionValue::kCarried, yielded};
}

void WhileOp::addCapture(mlir::Value value) {
  getCapturesMutable().append(value);
  addRegionArguments(*this, value);
}

}  // namespace etch::ir
