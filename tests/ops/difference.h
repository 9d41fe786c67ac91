// How far two results may be apart.
#ifndef ETCH_TESTS_OPS_DIFFERENCE_H_
#define ETCH_TESTS_OPS_DIFFERENCE_H_

#include <string>
#include <vector>

#include "etch/ir/reference.h"

namespace etch::testing {

// What is wrong with `actual`, empty when nothing is. Integers are compared exactly, NaN with NaN,
// infinities with themselves, other floats by |actual - expected| <= tolerance times the largest
// finite magnitude of `expected` + `slack`.
std::string difference(const ir::ReferenceTensor& actual, const ir::ReferenceTensor& expected,
                       double tolerance, double slack = 0);

// What one op in this element type may be off by, relative to the largest magnitude.
double toleranceOf(mlir::Type elementType);

// What a program should give, and how far rounding alone carries each result: results that cancel
// to almost nothing are not held to a part of their own size.
struct Expected {
  std::vector<ir::ReferenceTensor> values;
  std::vector<double> slack;
};
// `values` are in double precision or rounded op by op, as `options` say; the slack is `noise` and
// eight times what the two differ by.
mlir::FailureOr<Expected> expect(mlir::func::FuncOp function,
                                 llvm::ArrayRef<ir::ReferenceTensor> inputs,
                                 const ir::ReferenceOptions& options, double noise = 0);

}  // namespace etch::testing

#endif  // ETCH_TESTS_OPS_DIFFERENCE_H_
