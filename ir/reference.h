// The reference evaluator: runs a program op by op on host arrays, in double precision if asked.
// It shares no code with the lowering, so that it can be the oracle of tests and of tools. It is
// slow: tens of nanoseconds for an element, one thread.
//
//   auto x = ir::fromBytes(type, data);
//   mlir::FailureOr<std::vector<ir::ReferenceTensor>> y =
//       ir::evaluateFunction(main, {x}, {.double_precision = true});
#ifndef ETCH_IR_REFERENCE_H_
#define ETCH_IR_REFERENCE_H_

#include <cstddef>
#include <vector>

#include "etch/ir/support.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::ir {

// The results of `function` on `args`, which have the types of its arguments. Evaluates every etch
// op, also fused programs (a launch evaluates its kernel). A value is freed after its last use.
// Fails with a diagnostic at an op that it cannot evaluate, or where `args` do not fit.
mlir::FailureOr<std::vector<ReferenceTensor>> evaluateFunction(
    mlir::func::FuncOp function, llvm::ArrayRef<ReferenceTensor> args,
    const ReferenceOptions& options = {});

// The same for one block, whose terminator returns its operands; for ops that hold regions.
// `results` arrive with their types set.
llvm::LogicalResult evaluateBlock(mlir::Block& block, llvm::ArrayRef<const ReferenceTensor*> args,
                                  llvm::MutableArrayRef<ReferenceTensor> results,
                                  const ReferenceOptions& options);

// Rounds floating values to the element type, to nearest, ties to even; no-op for integers and f64.
void roundToElementType(ReferenceTensor& tensor);

// Bytes of one element in memory: as the runtime lays tensors out (bool is one byte).
int64_t elementBytes(mlir::Type elementType);
// Reads a dense row-major array of `type` at `data`.
ReferenceTensor fromBytes(mlir::RankedTensorType type, const void* data);
// Writes `tensor` as a dense row-major array of its type, rounding floats to it.
std::vector<std::byte> toBytes(const ReferenceTensor& tensor);

}  // namespace etch::ir

#endif  // ETCH_IR_REFERENCE_H_
