#include "etch/ir/dialect.h"
#include "etch/ir/reference.h"

using namespace mlir;

namespace etch::ir {

LogicalResult CheckpointOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                     MutableArrayRef<ReferenceTensor> results,
                                     const ReferenceOptions& options) {
  return evaluateBlock(getBody().front(), operands, results, options);
}

LogicalResult CustomVjpOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions& options) {
  return evaluateBlock(getForward().front(), operands, results, options);
}

LogicalResult BarrierOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                  MutableArrayRef<ReferenceTensor> results,
                                  const ReferenceOptions&) {
  results[0] = *operands[0];
  return success();
}

}  // namespace etch::ir
