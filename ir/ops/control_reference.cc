#include "etch/ir/dialect.h"
#include "etch/ir/reference.h"

using namespace mlir;

namespace etch::ir {

LogicalResult CondOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                               MutableArrayRef<ReferenceTensor> results,
                               const ReferenceOptions& options) {
  Region& chosen = operands[0]->ints[0] ? getThenRegion() : getElseRegion();
  return evaluateBlock(chosen.front(), operands.drop_front(), results, options);
}

LogicalResult LaunchOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions& options) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(*this, getKernelAttr());
  if (!kernel || !kernel.getBody().hasOneBlock())
    return emitOpError("names no function that can be evaluated: ") << getKernelAttr();
  return evaluateBlock(kernel.getBody().front(), operands, results, options);
}

}  // namespace etch::ir
