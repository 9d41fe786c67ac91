#ifndef ETCH_IR_OPS_PAD_SUMS_H_
#define ETCH_IR_OPS_PAD_SUMS_H_

#include "mlir/IR/PatternMatch.h"

namespace etch::ir {

// Sums of pads whose operands lie side by side become one pad of their concatenation. The gradient
// of a tensor that was split is such a sum; each slice contributes one pad.
void addPadSumPatterns(mlir::RewritePatternSet& patterns);

}  // namespace etch::ir

#endif  // ETCH_IR_OPS_PAD_SUMS_H_
