// Derivatives of programs against central differences.
#ifndef ETCH_TESTS_OPS_GRADIENT_CHECK_H_
#define ETCH_TESTS_OPS_GRADIENT_CHECK_H_

#include <string>
#include <vector>

#include "etch/ir/reference.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::testing {

// Adds to the module of `function` a function that takes its arguments and a cotangent for each of
// its floating results, and returns a cotangent for each of its floating arguments (zeros where
// none depends on it).
mlir::FailureOr<mlir::func::FuncOp> buildVjp(mlir::func::FuncOp function, llvm::StringRef name);

struct GradientReport {
  int64_t elements = 0;  // compared
  double error = 0;      // largest, relative to the largest derivative of its input (at least 1)
  std::string where;     // of the largest error, or what failed
  bool failed = false;
};

// Compares the derivatives of a random projection of `function`'s results, evaluated in double
// precision, with central differences, at up to 24 elements of each floating input. For
// `order` 2 the same is done with the function of derivatives.
GradientReport checkGradient(mlir::func::FuncOp function,
                             const std::vector<ir::ReferenceTensor>& inputs, int order,
                             Random& random);

}  // namespace etch::testing

#endif  // ETCH_TESTS_OPS_GRADIENT_CHECK_H_
