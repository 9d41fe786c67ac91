// What the schedules of attention and of its derivative share.
//
// Scores are kept transposed, keys by queries: a vector holds one key's scores with neighbouring
// queries. So keys and values are read where they lie, element by element and row by row; maxima
// and sums over keys are vectors' own; and only a block of queries is packed.
#ifndef ETCH_CODEGEN_SCHEDULE_ATTENTION_H_
#define ETCH_CODEGEN_SCHEDULE_ATTENTION_H_

#include <algorithm>

#include "etch/codegen/schedule/kernel.h"
#include "etch/codegen/schedule/strategies.h"
#include "etch/codegen/schedule/tile_emitter.h"

namespace etch::codegen {

// The last two dimensions of an operand or result are matrices; the others count pieces.
struct MatrixStack {
  Access access;
  Matrix matrix;  // of the piece at hand
};

// Queries that are worked on together: a number of vectors, of which `valid` lanes count.
struct QueryBlock {
  mlir::Value first;
  int64_t vectors, valid;

  int64_t lanesOf(int64_t vector, int64_t lanes) const {
    return std::clamp<int64_t>(valid - vector * lanes, 0, lanes);
  }
};

class AttentionBase {
 protected:
  using Stacks = llvm::ArrayRef<std::pair<MatrixStack*, mlir::Value>>;

  AttentionBase(ScheduleContext& context, mlir::Operation* op, mlir::Type wide);

  // Where operands and results lie. Fails with a diagnostic where the op does not stand alone in
  // its kernel.
  mlir::LogicalResult read(Stacks stacks);
  mlir::LogicalResult written(Stacks stacks);
  // Extents, from the operands; the mask may be null.
  void setExtents(const MatrixStack& query, const MatrixStack& value, mlir::Value mask,
                  bool causal);

  // Points every stack at the matrices of attention `batch`, counted in row-major order.
  void enterBatch(mlir::OpBuilder& b, mlir::Value batch, llvm::ArrayRef<MatrixStack*> stacks);
  // Rows from `first` on.
  Matrix rowsFrom(mlir::OpBuilder& b, const Matrix& matrix, mlir::Value first);
  // The scores of key `key` with the queries of one vector, as the masks leave them; or of query
  // `query` with a vector of keys.
  enum class Lanes { kQueries, kKeys };
  mlir::Value masked(mlir::OpBuilder& b, mlir::Value score, mlir::Value key, mlir::Value query,
                     int64_t valid, Lanes lanes = Lanes::kQueries);
  // One past the last key that any of `count` queries from `query` on sees.
  mlir::Value keyLimit(mlir::OpBuilder& b, mlir::Value query, int64_t count);
  // Vectors of queries in a block, of which `rows` numbers each are kept.
  int64_t vectorsOfBlock(int64_t rows);
  // A multiple of `step`: the keys whose scores with `columns` queries fit into `bytes`.
  int64_t keysOfBlock(int64_t bytes, int64_t columns, int64_t step);
  // Memory in the kernel's frame, which all of them together keep below 2 MB: vectorsOfBlock and
  // keysOfBlock bound it, since longer rows than kWidestAttention (ir/ops/attention.cc) do not
  // come.
  mlir::Value temporary(int64_t elements);
  mlir::Value index(mlir::OpBuilder& b, int64_t value) { return constantIndex(b, loc_, value); }
  // A vector of x, where that is one element.
  mlir::Value asVector(mlir::OpBuilder& b, mlir::Value x);

  ScheduleContext& context_;
  mlir::OpBuilder& b_;
  mlir::Location loc_;
  mlir::Operation* operation_;
  mlir::OpBuilder entry_;
  PointEmitter masks_;
  TileEmitter tiles_;
  mlir::Type wide_;
  mlir::Value mask_;
  bool causal_ = false;
  llvm::SmallVector<int64_t> batch_;  // leading extents
  int64_t batches_ = 1, queries_ = 0, keys_ = 0, features_ = 0, values_ = 0;
  int64_t lanes_ = 1;
  Point point_;  // of the mask: the piece at hand
};

// Attention of queries that are too few to fill a vector, as a step of decoding has them.
bool hasFewQueries(const Target& target, ir::AttentionOp op);
mlir::FailureOr<int64_t> scheduleFewQueries(ScheduleContext& context, ir::AttentionOp op);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_SCHEDULE_ATTENTION_H_
