#include "etch/codegen/schedule/attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// A piece is one attention, so that no two pieces add to the same element. For each block of keys
// (nearly always all of them) and each block of queries that sees some:
//   weights    exp(scores - log_sum), keys x queries
//   slopes     scale * weights * (value dy^T - delta)
//   dquery    += slopes^T key
//   dkey      += slopes query
//   dvalue    += weights dy
class AttentionBackwardScheduler : AttentionBase {
 public:
  AttentionBackwardScheduler(ScheduleContext& context, ir::AttentionBackwardOp op)
      : AttentionBase(context, op,
                      cast<RankedTensorType>(op.getLogSum().getType()).getElementType()),
        op_(op) {}

  FailureOr<int64_t> run();

 private:
  void clear(OpBuilder& b, const Matrix& matrix, int64_t rows, int64_t columns);
  void emitQueries(OpBuilder& b, Value begin, Value end, int64_t columns);
  void emitBlock(OpBuilder& b, const QueryBlock& block, Value begin, Value end);
  void emitWeights(OpBuilder& b, const QueryBlock& block, Value begin, Value end);
  void emitSlopes(OpBuilder& b, const QueryBlock& block, Value begin, Value end);
  void accumulate(OpBuilder& b, const Matrix& a, const Matrix& c, const RowRange& rows,
                  int64_t columns, Value depth, const Matrix& to);
  // One number of `statistic` for each query of a vector.
  Value numbersOf(OpBuilder& b, const MatrixStack& statistic, const QueryBlock& block, int64_t v);
  // The place of row `r` and vector `v` of a tile among the keys of a block.
  Value placeOf(OpBuilder& b, const Tile& tile, int64_t r, int64_t v, Value begin,
                const QueryBlock& block);

  ir::AttentionBackwardOp op_;
  MatrixStack query_, key_, value_, dy_, log_sum_, delta_, dquery_, dkey_, dvalue_;
  int64_t key_step_ = 1;
  double scale_ = 1;
  Value packed_query_, packed_dy_, weights_, slopes_;
};

void AttentionBackwardScheduler::clear(OpBuilder& b, const Matrix& matrix, int64_t rows,
                                       int64_t columns) {
  tiles_.forEach(b, index(b, 0), index(b, rows), 1, [&](OpBuilder& at, Value row) {
    for (int64_t c = 0; c < columns; c += lanes_)
      tiles_.store(at, tiles_.splat(at, 0), matrix.memory,
                   tiles_.offsetOf(at, matrix, row, index(at, c)), matrix.column_stride,
                   std::min(lanes_, columns - c));
  });
}

Value AttentionBackwardScheduler::numbersOf(OpBuilder& b, const MatrixStack& statistic,
                                            const QueryBlock& block, int64_t v) {
  Value row = addIndex(b, loc_, block.first, v * lanes_);
  return tiles_.load(b, statistic.matrix.memory,
                     tiles_.offsetOf(b, statistic.matrix, row, index(b, 0)),
                     statistic.matrix.row_stride, block.lanesOf(v, lanes_));
}

Value AttentionBackwardScheduler::placeOf(OpBuilder& b, const Tile& tile, int64_t r, int64_t v,
                                          Value begin, const QueryBlock& block) {
  Value row = addIndex(b, loc_, arith::SubIOp::create(b, loc_, tile.row, begin), r);
  return addIndex(b, loc_, mulIndex(b, loc_, row, block.vectors * lanes_), v * lanes_);
}

void AttentionBackwardScheduler::emitWeights(OpBuilder& b, const QueryBlock& block, Value begin,
                                             Value end) {
  int64_t columns = block.vectors * lanes_;
  tiles_.product(
      b, key_.matrix, {packed_query_, index(b, 0), columns, 1}, {keys_, begin, end, key_step_},
      columns, index(b, features_),
      [&](OpBuilder& at, const Tile&, int64_t, int64_t) { return tiles_.splat(at, 0); },
      [&](OpBuilder& at, const Tile& tile, ArrayRef<Value> sums) {
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value query = addIndex(at, loc_, block.first, v * lanes_);
          Value shift = numbersOf(at, log_sum_, block, v);
          for (int64_t r = 0; r < tile.rows; ++r) {
            Value score = masked(at, sums[r * tile.vectors + v], addIndex(at, loc_, tile.row, r),
                                 query, block.lanesOf(v, lanes_));
            Value weight =
                math::ExpOp::create(at, loc_, arith::SubFOp::create(at, loc_, score, shift));
            tiles_.store(at, weight, weights_, placeOf(at, tile, r, v, begin, block), 1, lanes_);
          }
        }
      });
}

void AttentionBackwardScheduler::emitSlopes(OpBuilder& b, const QueryBlock& block, Value begin,
                                            Value end) {
  int64_t columns = block.vectors * lanes_;
  tiles_.product(
      b, value_.matrix, {packed_dy_, index(b, 0), columns, 1}, {keys_, begin, end, key_step_},
      columns, index(b, values_),
      [&](OpBuilder& at, const Tile&, int64_t, int64_t) { return tiles_.splat(at, 0); },
      [&](OpBuilder& at, const Tile& tile, ArrayRef<Value> sums) {
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value delta = numbersOf(at, delta_, block, v);
          for (int64_t r = 0; r < tile.rows; ++r) {
            Value place = placeOf(at, tile, r, v, begin, block);
            Value slope = arith::SubFOp::create(at, loc_, sums[r * tile.vectors + v], delta);
            Value weight = tiles_.load(at, weights_, place, 1, lanes_);
            weight = arith::MulFOp::create(at, loc_, weight, tiles_.splat(at, scale_));
            slope = arith::MulFOp::create(at, loc_, slope, weight);
            tiles_.store(at, slope, slopes_, place, 1, lanes_);
          }
        }
      });
}

// to += a c
void AttentionBackwardScheduler::accumulate(OpBuilder& b, const Matrix& a, const Matrix& c,
                                            const RowRange& rows, int64_t columns, Value depth,
                                            const Matrix& to) {
  auto place = [&](OpBuilder& at, const Tile& tile, int64_t r, int64_t v) {
    return tiles_.offsetOf(at, to, addIndex(at, loc_, tile.row, r),
                           addIndex(at, loc_, tile.column, v * lanes_));
  };
  tiles_.product(
      b, a, c, rows, columns, depth,
      [&](OpBuilder& at, const Tile& tile, int64_t r, int64_t v) {
        return tiles_.load(at, to.memory, place(at, tile, r, v), to.column_stride,
                           tile.lanesOf(v, lanes_));
      },
      [&](OpBuilder& at, const Tile& tile, ArrayRef<Value> sums) {
        for (int64_t r = 0; r < tile.rows; ++r)
          for (int64_t v = 0; v < tile.vectors; ++v)
            tiles_.store(at, sums[r * tile.vectors + v], to.memory, place(at, tile, r, v),
                         to.column_stride, tile.lanesOf(v, lanes_));
      });
}

void AttentionBackwardScheduler::emitBlock(OpBuilder& b, const QueryBlock& block, Value begin,
                                           Value end) {
  int64_t columns = block.vectors * lanes_;
  Matrix query = rowsFrom(b, query_.matrix, block.first), dy = rowsFrom(b, dy_.matrix, block.first);
  tiles_.transposeInto(b, query, block.valid, block.vectors, features_, scale_, packed_query_);
  tiles_.transposeInto(b, dy, block.valid, block.vectors, values_, 1, packed_dy_);
  emitWeights(b, block, begin, end);
  emitSlopes(b, block, begin, end);
  // Keys by queries, or queries by keys; row `begin` of the former is the first.
  auto by_key = [&](Value memory) {
    Value zero = index(b, 0), before = mulIndex(b, loc_, begin, columns);
    return Matrix{memory, arith::SubIOp::create(b, loc_, zero, before), columns, 1};
  };
  Value count = arith::SubIOp::create(b, loc_, end, begin), valid = index(b, block.valid);
  accumulate(b, {slopes_, index(b, 0), 1, columns}, rowsFrom(b, key_.matrix, begin),
             {block.valid, index(b, 0), valid, tiles_.tileRows(block.valid, features_)}, features_,
             count, rowsFrom(b, dquery_.matrix, block.first));
  RowRange keys{keys_, begin, end, key_step_};
  accumulate(b, by_key(slopes_), query, keys, features_, valid, dkey_.matrix);
  accumulate(b, by_key(weights_), dy, keys, values_, valid, dvalue_.matrix);
}

// Keys [begin, end) with all queries.
void AttentionBackwardScheduler::emitQueries(OpBuilder& b, Value begin, Value end,
                                             int64_t columns) {
  auto visit = [&](OpBuilder& at, const QueryBlock& block) {
    if (!causal_) return emitBlock(at, block, begin, end);
    Value limit = arith::MinSIOp::create(at, loc_, end, keyLimit(at, block.first, block.valid));
    Value seen = arith::CmpIOp::create(at, loc_, arith::CmpIPredicate::sgt, limit, begin);
    auto branch = scf::IfOp::create(at, loc_, TypeRange(), seen, /*withElseRegion=*/false);
    OpBuilder inside(branch.thenBlock()->getTerminator());
    emitBlock(inside, block, begin, limit);
  };
  int64_t full = queries_ / columns * columns, left = queries_ - full;
  tiles_.forEach(b, index(b, 0), index(b, full), columns, [&](OpBuilder& at, Value first) {
    visit(at, {first, columns / lanes_, columns});
  });
  if (left > 0) visit(b, {index(b, full), (left + lanes_ - 1) / lanes_, left});
}

FailureOr<int64_t> AttentionBackwardScheduler::run() {
  if (failed(read({{&query_, op_.getQuery()},
                   {&key_, op_.getKey()},
                   {&value_, op_.getValue()},
                   {&dy_, op_.getDy()},
                   {&log_sum_, op_.getLogSum()},
                   {&delta_, op_.getDelta()}})) ||
      failed(written(
          {{&dquery_, op_.getDquery()}, {&dkey_, op_.getDkey()}, {&dvalue_, op_.getDvalue()}})))
    return failure();
  setExtents(query_, value_, op_.getMask(), op_.getCausal());
  scale_ = op_.getScale().convertToDouble();
  if (batches_ == 0) return 1;

  int64_t columns = vectorsOfBlock(features_ + values_) * lanes_;
  // What one product leaves, the next ones take: all walk the keys in the same steps.
  key_step_ = std::min({tiles_.tileRows(keys_, columns), tiles_.tileRows(keys_, features_),
                        tiles_.tileRows(keys_, values_)});
  int64_t key_block = keysOfBlock(context_.target.l2_bytes / 8, columns, key_step_);
  packed_query_ = temporary(features_ * columns);
  packed_dy_ = temporary(values_ * columns);
  weights_ = temporary(key_block * columns);
  slopes_ = temporary(key_block * columns);

  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
  OpBuilder b(loop.getBody()->getTerminator());
  enterBatch(b, loop.getInductionVar(),
             {&query_, &key_, &value_, &dy_, &log_sum_, &delta_, &dquery_, &dkey_, &dvalue_});
  clear(b, dquery_.matrix, queries_, features_);
  clear(b, dkey_.matrix, keys_, features_);
  clear(b, dvalue_.matrix, keys_, values_);
  if (key_block >= keys_) {
    emitQueries(b, index(b, 0), index(b, keys_), columns);
  } else {
    auto blocks = scf::ForOp::create(b, loc_, index(b, 0), index(b, keys_), index(b, key_block));
    OpBuilder inside(blocks.getBody()->getTerminator());
    Value begin = blocks.getInductionVar(), next = addIndex(inside, loc_, begin, key_block);
    Value end = arith::MinSIOp::create(inside, loc_, next, index(inside, keys_));
    emitQueries(inside, begin, end, columns);
  }
  if (masks_.failed()) return failure();
  return batches_;
}

}  // namespace

FailureOr<int64_t> scheduleAttentionBackward(ScheduleContext& context, ir::AttentionBackwardOp op) {
  return AttentionBackwardScheduler(context, op).run();
}

}  // namespace etch::codegen
