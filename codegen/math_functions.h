// Functions of f32 that upstream expands to more work than they need.
#ifndef ETCH_CODEGEN_MATH_FUNCTIONS_H_
#define ETCH_CODEGEN_MATH_FUNCTIONS_H_

#include "mlir/IR/PatternMatch.h"

namespace etch::codegen {

// math.erf of f32, scalars and vectors: at most 3.5e-7 from erf(x), relative, also near 0; NaN and
// the sign of 0 stay.
void populateMathFunctionPatterns(mlir::RewritePatternSet& patterns);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_MATH_FUNCTIONS_H_
