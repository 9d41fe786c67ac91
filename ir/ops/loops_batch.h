// Patterns that take work out of scans which does not wait for their carries.
#ifndef ETCH_IR_OPS_LOOPS_BATCH_H_
#define ETCH_IR_OPS_LOOPS_BATCH_H_

#include "mlir/IR/PatternMatch.h"

namespace etch::ir {

void addScanBatchPatterns(mlir::RewritePatternSet& patterns);

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_LOOPS_BATCH_H_
