#include "etch/ir/ops/region_rules.h"

#include "etch/ir/dialect.h"

namespace etch::ir {

using mlir::LogicalResult;

LogicalResult verifyArguments(mlir::Operation* op, mlir::Region& region, llvm::StringRef name,
                              mlir::TypeRange takes) {
  mlir::Block& block = region.front();
  if (block.getNumArguments() != takes.size())
    return op->emitOpError() << "hands " << takes.size() << " values to its " << name
                             << " region, which takes " << block.getNumArguments();
  for (auto [i, taken, type] : llvm::enumerate(block.getArgumentTypes(), takes))
    if (taken != type)
      return op->emitOpError() << "hands a value " << i << " of type " << type << " to its " << name
                               << " region, which takes " << taken;
  return mlir::success();
}

LogicalResult verifyYield(mlir::Operation* op, mlir::Region& region, llvm::StringRef name,
                          mlir::TypeRange yields) {
  auto yield = llvm::dyn_cast<YieldOp>(region.front().back());
  if (!yield)
    return op->emitOpError() << "has a " << name << " region that does not end with etch.yield";
  if (yield.getNumOperands() != yields.size())
    return op->emitOpError() << "wants " << yields.size() << " values from its " << name
                             << " region, which yields " << yield.getNumOperands();
  for (auto [i, yielded, type] : llvm::enumerate(yield.getOperandTypes(), yields))
    if (yielded != type)
      return op->emitOpError() << "wants a value " << i << " of type " << type << " from its "
                               << name << " region, which yields " << yielded;
  return mlir::success();
}

void addRegionArguments(mlir::Operation* op, mlir::Value value) {
  for (mlir::Region& region : op->getRegions())
    region.front().addArgument(value.getType(), value.getLoc());
}

llvm::SmallVector<mlir::Type> joinTypes(mlir::TypeRange first, mlir::TypeRange second) {
  auto types = llvm::to_vector(first);
  llvm::append_range(types, second);
  return types;
}

}  // namespace etch::ir
