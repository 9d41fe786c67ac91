#include "etch/ir/work.h"

#include "etch/ir/build.h"
#include "llvm/ADT/DenseSet.h"

namespace etch::ir {
namespace {

using namespace mlir;

int64_t bytesOf(Type element, int64_t count) {
  return count * static_cast<int64_t>((element.getIntOrFloatBitWidth() + 7) / 8);
}

int64_t operationsOf(Operation& op) {
  if (auto work = dyn_cast<WorkOpInterface>(op)) return work.countOperations();
  if (isa<ReductionOpInterface>(op)) return tensorType(op.getOperand(0)).getNumElements();
  if (isa<ElementwiseOpInterface>(op)) return tensorType(op.getResult(0)).getNumElements();
  return 0;
}

int64_t elementsRead(OpOperand& use) {
  if (auto work = dyn_cast<WorkOpInterface>(use.getOwner()))
    return work.countElementsRead(use.getOperandNumber());
  return tensorType(use.get()).getNumElements();
}

// Elements that are read of `value` and of views of it.
int64_t elementsRead(Value value) {
  int64_t direct = 0, through_views = 0;
  for (OpOperand& use : value.getUses()) {
    if (isa<ViewOpInterface>(use.getOwner()))
      through_views += elementsRead(use.getOwner()->getResult(0));
    else
      direct = std::max(direct, elementsRead(use));
  }
  // Several views may overlap, and windows overlap themselves.
  return std::min(direct + through_views, tensorType(value).getNumElements());
}

}  // namespace

Work workOf(Block& block) {
  Work work;
  for (Operation& op : block.without_terminator()) work.operations += operationsOf(op);
  for (BlockArgument argument : block.getArguments())
    work.bytes += bytesOf(tensorType(argument).getElementType(), elementsRead(argument));
  for (Value result : block.getTerminator()->getOperands()) {
    RankedTensorType type = tensorType(result);
    work.bytes += bytesOf(type.getElementType(), type.getNumElements());
  }
  return work;
}

}  // namespace etch::ir
