// The loops of elementwise chains and reductions: how a kernel's computation falls into loop nests,
// rows and passes. loops.cc plans them, loops_tile.cc chooses the rows that are taken together,
// loops_emit.cc writes them.
#ifndef ETCH_CODEGEN_SCHEDULE_LOOPS_H_
#define ETCH_CODEGEN_SCHEDULE_LOOPS_H_

#include "etch/codegen/schedule/strategies.h"
#include "llvm/ADT/SetVector.h"

namespace etch::codegen {

// Sinks that share computation, with all linalg ops behind them: one loop nest.
struct Nest {
  llvm::SmallVector<Sink> sinks;
  llvm::SetVector<mlir::Operation*> generics;  // in program order
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<int64_t> reduced;
};

class LoopScheduler {
 public:
  LoopScheduler(ScheduleContext& context, PointEmitter& emitter, Nest& nest)
      : context_(context),
        b_(context.builder),
        loc_(context.kernel.getLoc()),
        emitter_(emitter),
        nest_(nest) {}

  // Chooses loops, and returns into how many pieces they fall.
  mlir::FailureOr<int64_t> plan();
  // Emits the loops for pieces [begin, end) of this nest.
  void emit(mlir::Value begin, mlir::Value end);

 private:
  // A reduction of the nest: where its input comes from and how it combines.
  struct Reduction {
    mlir::linalg::GenericOp op;
    int phase = 0;
    mlir::Attribute neutral;
  };

  bool endsInPairs() const;
  int phaseOf(mlir::Value value);
  bool isCheap(mlir::Value value);
  void planPhases();
  void planTile();
  void emitPiece(mlir::Value piece);
  void emitColumns(const Point& point, mlir::Value base, bool masked);
  void emitTile(const Point& point, mlir::Value base, bool masked, llvm::ArrayRef<int64_t> tile);
  void emitRow(llvm::ArrayRef<Scope*> outers);
  void emitPhase(int phase, llvm::ArrayRef<Scope*> outers);
  llvm::SmallVector<mlir::Value> emitInner(int depth, int phase,
                                           llvm::SmallVector<mlir::Value> accumulators,
                                           llvm::ArrayRef<Scope*> outers,
                                           llvm::SmallVector<mlir::Value> inner_index,
                                           mlir::OpBuilder& b, mlir::OpBuilder& hoist);
  llvm::SmallVector<mlir::Value> emitLanes(int phase, llvm::SmallVector<mlir::Value> accumulators,
                                           Scope& outer, llvm::ArrayRef<mlir::Value> inner_index,
                                           mlir::OpBuilder& b);
  void emitBody(int phase, llvm::MutableArrayRef<mlir::Value> accumulators, Scope& outer,
                llvm::ArrayRef<mlir::Value> inner_index, mlir::OpBuilder& b, mlir::Value mask,
                int64_t width);
  void emitPairs(llvm::ArrayRef<std::pair<mlir::Value, Access>> stores, const Scope& point,
                 mlir::OpBuilder& b);
  mlir::Value combine(mlir::linalg::GenericOp op, mlir::Value value, mlir::Value accumulator,
                      mlir::OpBuilder& b);
  mlir::Value horizontal(mlir::linalg::GenericOp op, mlir::Value vector, mlir::OpBuilder& b);
  mlir::Value tailMask(mlir::OpBuilder& b, mlir::Value remaining);
  Access temporaryFor(mlir::Value value);
  bool isShort(int depth) const;
  int64_t bodyOps() const;

  ScheduleContext& context_;
  mlir::OpBuilder& b_;
  mlir::Location loc_;
  PointEmitter& emitter_;
  Nest& nest_;

  llvm::SmallVector<int> rows_;   // groups of the outer loops, without the lane
  llvm::SmallVector<int> inner_;  // groups of the inner loops, outermost first
  int lane_ = -1;
  int pair_ = -1;           // a group of two elements inside the lane, taken together
  bool lane_inner_ = true;  // the lane is one of the inner loops
  int64_t width_ = 1;
  int64_t unroll_ = 1;
  // Where the lane runs across the row loops: how many neighbours along each group one body takes,
  // so that they share what they read. A piece walks one of the groups, tile by tile.
  llvm::SmallVector<int64_t> tile_;
  int walked_ = -1;
  int64_t walk_parts_ = 1;  // in which a row of tiles is walked, each a piece
  mlir::Value walk_part_;
  int64_t steps_ = 1;  // of the innermost loop over a long reduction that are written out
  int64_t row_count_ = 1;
  int64_t blocks_ = 1;  // pieces that a row is cut into along the lane
  int64_t block_elements_ = 0;
  llvm::DenseMap<mlir::Value, int> phase_;
  llvm::SmallVector<Reduction> reductions_;
  int phases_ = 1;
  // Values computed in one phase and read in a later one.
  llvm::SetVector<mlir::Value> kept_;
  llvm::DenseMap<mlir::Value, Access> temporaries_;
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_LOOPS_H_
