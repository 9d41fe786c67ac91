// Functions of f32 that upstream expands to more work than they need.
#ifndef ETCH_CODEGEN_MATH_FUNCTIONS_H_
#define ETCH_CODEGEN_MATH_FUNCTIONS_H_

#include "mlir/IR/PatternMatch.h"

namespace etch::codegen {

// math.erf and math.exp of f32, scalars and vectors, in the place of upstream's expansions; NaN
// stays. Without `has_fma` products are rounded before they are added.
//   erf: at most 3.5e-7 from erf(x), relative, also near 0; the sign of 0 stays.
//   exp: at most 2 ulp from e^x; 0 below -86.98, where that is about to be subnormal.
void populateMathFunctionPatterns(mlir::RewritePatternSet& patterns, bool has_fma);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_MATH_FUNCTIONS_H_
