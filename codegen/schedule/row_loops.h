// Loops over the rows along one dimension, for schedules that walk a row in an order of their own.
#ifndef ETCH_CODEGEN_SCHEDULE_ROW_LOOPS_H_
#define ETCH_CODEGEN_SCHEDULE_ROW_LOOPS_H_

#include "etch/codegen/schedule/kernel.h"
#include "etch/codegen/schedule/strategies.h"

namespace etch::codegen {

// The rows of `shape` along `dim`, where all accesses have this shape but for their extent along
// `dim`. A piece is a row; with `lanes` a vector of neighbouring rows, where rows lie side by side.
class RowLoops {
 public:
  RowLoops(ScheduleContext& context, llvm::ArrayRef<int64_t> shape, int64_t dim,
           llvm::ArrayRef<Access> accesses, bool lanes, int64_t element_bytes);

  // Calls `body` inside the loop over pieces, with a point that has an index for each group but the
  // one along the rows.
  void emit(llvm::function_ref<void(Scope&)> body);

  // `point` at element `i` of its row.
  Point at(Point point, mlir::Value i) const {
    if (along_ >= 0) point.index[along_] = i;
    return point;
  }
  int64_t strideOf(const Access& access) const {
    return along_ >= 0 ? emitter.strideOf(access, along_) : 0;
  }

 private:
  ScheduleContext& context_;
  mlir::OpBuilder entry_;
  int along_ = -1, lane_ = -1;  // groups; -1: no such
  int64_t width_ = 1, blocks_ = 1;

 public:
  PointEmitter emitter;
  int64_t length = 0;
  int64_t pieces = 1;
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_ROW_LOOPS_H_
