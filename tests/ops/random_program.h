// Random programs: some ops each, so that passes and kernels meet ops in combinations.
#ifndef ETCH_TESTS_OPS_RANDOM_PROGRAM_H_
#define ETCH_TESTS_OPS_RANDOM_PROGRAM_H_

#include <vector>

#include "etch/ir/reference.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::testing {

struct RandomProgram {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<ir::ReferenceTensor> inputs;
  // What rounding in f32 can leave where sums cancel: 2^-24 of the largest sum of magnitudes.
  double noise = 0;
};

// 3 to 15 steps over f32 and integers, the same for a seed on every host. Values stay finite and of
// moderate size; where a function jumps, its operands are inputs kept away from the jumps.
RandomProgram makeRandomProgram(mlir::MLIRContext& context, uint64_t seed);

}  // namespace etch::testing

#endif  // ETCH_TESTS_OPS_RANDOM_PROGRAM_H_
