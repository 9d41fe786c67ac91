// Shrinks a program that shows a fault, so that a message can hold it.
#ifndef ETCH_TESTS_OPS_SHRINK_H_
#define ETCH_TESTS_OPS_SHRINK_H_

#include <functional>
#include <string>
#include <vector>

#include "etch/ir/reference.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::testing {

// Whether the function (not consumed) shows the fault on these inputs.
using Fault = std::function<bool(mlir::func::FuncOp, const std::vector<ir::ReferenceTensor>&)>;

// Text of a small function, named @main, that still shows `fault`: one result where one is enough,
// and each op whose results can be inputs instead is taken out. `fault` is asked up to `budget`
// times.
std::string shrinkProgram(mlir::func::FuncOp function, std::vector<ir::ReferenceTensor> inputs,
                          const Fault& fault, int budget = 80);

}  // namespace etch::testing

#endif  // ETCH_TESTS_OPS_SHRINK_H_
