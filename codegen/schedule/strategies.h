// The schedules a kernel can get. Each replaces the body of a lowered kernel (linalg between
// memrefs) by explicit loops over vectors, for a range of pieces:
//
//   func.func @kernel(%inputs: memref..., %outputs: memref..., %begin: index, %end: index)
//       attributes {etch.pieces = 64 : i64}
#ifndef ETCH_CODEGEN_SCHEDULE_STRATEGIES_H_
#define ETCH_CODEGEN_SCHEDULE_STRATEGIES_H_

#include "etch/codegen/schedule/kernel.h"
#include "etch/ir/dialect.h"

namespace etch::codegen {

// What a strategy works on: the kernel, and where to put loops. The range of pieces are the two
// index arguments that `schedule` appended.
struct ScheduleContext {
  mlir::func::FuncOp kernel;
  const Target& target;
  mlir::OpBuilder builder;  // before the kernel's return
  mlir::Value begin;
  mlir::Value end;
};

// Each returns the number of pieces, or failure after a diagnostic.

// Elementwise chains and reductions: loops over the rows of a common domain, and within a row as
// many passes as the reductions demand, vectorized along the innermost dimension.
mlir::FailureOr<int64_t> scheduleLoops(ScheduleContext& context);
// The same for some of what the kernel writes, as its first pieces; `alone`: there are no others.
mlir::FailureOr<int64_t> scheduleSinks(ScheduleContext& context, llvm::ArrayRef<Sink> sinks,
                                       bool alone);

// A matrix product with an epilogue of elementwise ops: register tiles with the accumulators in
// registers, over operands packed into panels or read with any strides.
mlir::FailureOr<int64_t> scheduleContraction(ScheduleContext& context,
                                             mlir::linalg::GenericOp contraction);

// Attention and its derivative: blocks of queries against all keys, with the scores in a temporary.
mlir::FailureOr<int64_t> scheduleAttention(ScheduleContext& context, ir::AttentionOp op);
mlir::FailureOr<int64_t> scheduleAttentionBackward(ScheduleContext& context,
                                                   ir::AttentionBackwardOp op);

// The packing of a matrix into panels; transposes 16x16 blocks in registers where rows run along
// the other dimension.
mlir::FailureOr<int64_t> schedulePack(ScheduleContext& context, ir::PackOp pack);
// The same where rows or columns are several dimensions counted as one.
mlir::FailureOr<int64_t> scheduleDigitPack(ScheduleContext& context, ir::PackOp pack);
// A copy whose source has its elements side by side along another dimension than its result:
// squares of both are transposed in registers. Nothing where the kernel is none.
std::optional<int64_t> scheduleTransposingCopy(ScheduleContext& context);

// Sums of rows by index, in the order of the indices whatever the number of threads: each piece
// owns a range of columns.
mlir::FailureOr<int64_t> scheduleScatter(ScheduleContext& context, ir::ScatterAddOp scatter);

// Rows written from a computed row on: over what they replace, or into a copy of it.
mlir::FailureOr<int64_t> scheduleUpdateSlice(ScheduleContext& context, ir::UpdateSliceOp op);

// Sums carried along a dimension, of a vector of rows at a time.
mlir::FailureOr<int64_t> scheduleCumsum(ScheduleContext& context, ir::CumsumOp cumsum);

// Heap sort of the indices of each row.
mlir::FailureOr<int64_t> scheduleSort(ScheduleContext& context, ir::SortOp sort);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_STRATEGIES_H_
