// The schedule of a matrix product with its epilogue: contraction.cc chooses tiles and blocks,
// contraction_tile.cc writes a register tile.
#ifndef ETCH_CODEGEN_SCHEDULE_CONTRACTION_H_
#define ETCH_CODEGEN_SCHEDULE_CONTRACTION_H_

#include <optional>

#include "etch/codegen/schedule/digits.h"
#include "etch/codegen/schedule/factor.h"
#include "etch/codegen/schedule/strategies.h"
#include "etch/codegen/schedule/tile_choice.h"
#include "etch/codegen/schedule/tile_emitter.h"

namespace etch::codegen {

// The rows of a register tile: their places in the loops over rows, and where the strided left
// factor has them at depth 0.
struct TileRows {
  mlir::Value first;
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> index;  // of each row, for each row group
  // Of each row; or of the first alone, where the others follow at `step`.
  llvm::SmallVector<mlir::Value> bases;
  int64_t step = 0;
  llvm::SmallVector<mlir::Value> memory;  // from each of several bases on
};

class ContractionScheduler {
 public:
  ContractionScheduler(ScheduleContext& context, mlir::linalg::GenericOp op)
      : context_(context),
        b_(context.builder),
        loc_(context.kernel.getLoc()),
        op_(op),
        entry_(mlir::OpBuilder::atBlockBegin(&context.kernel.front())),
        emitter_(context.kernel, context.target, entry_) {}

  mlir::FailureOr<int64_t> run();

 private:
  mlir::LogicalResult readOperands();
  void chooseLoops();
  void chooseTiles();
  void orderDepth();
  int64_t unrolled(int64_t depths) const;
  void emitPieces();
  void emitBlock(mlir::Value m_block, mlir::Value n_block);
  TileRows rowsFrom(mlir::Value i, int64_t rows);
  llvm::SmallVector<mlir::Value> rowIndex(mlir::OpBuilder& b, mlir::Value i);
  void emitTile(mlir::Value i, int64_t rows, mlir::Value j, int64_t vectors, int64_t tail,
                mlir::Value k_begin, int64_t k_count, bool first, bool last);
  llvm::SmallVector<mlir::Value> emitDepth(mlir::OpBuilder& b, size_t level, const TileRows& rows,
                                           int64_t count, mlir::Value b_base, int64_t vectors,
                                           int64_t tail, mlir::Value k_begin, int64_t k_count,
                                           llvm::SmallVector<mlir::Value> sums);
  void finishTile(llvm::ArrayRef<mlir::Value> sums, const TileRows& rows, int64_t count,
                  mlir::Value j, int64_t vectors, int64_t tail, bool last);
  void emitResults(mlir::OpBuilder& b, mlir::Value sum, llvm::ArrayRef<mlir::Value> row,
                   mlir::Value column, mlir::Value mask);
  void prefetchRows(mlir::OpBuilder& b, const TileRows& rows, mlir::Value k);
  void pointAtRows(mlir::OpBuilder& b, TileRows& rows);
  // Memory, and an offset in it.
  std::pair<mlir::Value, mlir::Value> placeOfA(mlir::OpBuilder& b, const TileRows& rows,
                                               int64_t row, mlir::Value k, int64_t k_offset);
  mlir::Value loadB(mlir::OpBuilder& b, mlir::Value base, mlir::Value k, int64_t k_offset,
                    int64_t first_lane, int64_t lanes);
  void addPairs(mlir::OpBuilder& b, const TileRows& rows, int64_t count, mlir::Value b_base,
                int64_t vectors, mlir::Value k, int64_t k_offset,
                llvm::MutableArrayRef<mlir::Value> sums);

  ScheduleContext& context_;
  mlir::OpBuilder& b_;
  mlir::Location loc_;
  mlir::linalg::GenericOp op_;
  mlir::OpBuilder entry_;
  PointEmitter emitter_;
  Factor lhs_, rhs_;
  llvm::SmallVector<DepthLoop> depth_;
  llvm::SmallVector<Sink> sinks_;
  llvm::SmallVector<Sink> fillings_;  // constants around the results
  mlir::Type wide_;
  std::optional<TileEmitter> tiles_;  // of vectors of `wide_`
  int64_t rank_ = 0;
  int64_t m_ = 1, n_ = 1, k_ = 1;
  int n_group_ = -1;
  llvm::SmallVector<int> m_groups_, batch_groups_;
  Digits rows_;  // of the left factor, over m_groups_
  TileProblem problem_;
  TileChoice tile_;
  int64_t filling_pieces_ = 0;
  int64_t lanes_ = 1;
  int64_t epilogue_ops_ = 0;
  mlir::Value tile_memory_;
  mlir::Value batch_a_, batch_b_;
  Point point_;
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_CONTRACTION_H_
