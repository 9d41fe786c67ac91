#include "etch/codegen/schedule/attention.h"

#include <limits>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// A piece is a block of queries of one attention. For each block of keys, which is nearly always
// all of them:
//   scores        keys x queries, and their maxima
//   weights       exp(scores - maxima) in their place, and their sums
//   results       queries x values; those of earlier blocks shrink as the maxima rise
class AttentionScheduler : AttentionBase {
 public:
  AttentionScheduler(ScheduleContext& context, ir::AttentionOp op)
      : AttentionBase(context, op,
                      cast<RankedTensorType>(op.getLogSum().getType()).getElementType()),
        op_(op) {}

  FailureOr<int64_t> run();

 private:
  void emitBlock(OpBuilder& b, const QueryBlock& block);
  void emitScores(OpBuilder& b, const QueryBlock& block, Value begin, Value end);
  void emitWeights(OpBuilder& b, const QueryBlock& block, Value count);
  void emitResults(OpBuilder& b, const QueryBlock& block, Value begin, Value count);
  void finish(OpBuilder& b, const QueryBlock& block);
  Value statistic(OpBuilder& b, Value memory, int64_t vector);
  void setStatistic(OpBuilder& b, Value value, Value memory, int64_t vector);

  ir::AttentionOp op_;
  MatrixStack query_, key_, value_, result_, log_sum_;
  int64_t key_block_ = 0, key_step_ = 1;
  bool one_block_ = true;
  Value packed_, weights_;
  Value maxima_, sums_, factors_;  // a number for each query
  Value partial_;                  // results so far, where there are several blocks of keys
};

Value AttentionScheduler::statistic(OpBuilder& b, Value memory, int64_t vector) {
  return tiles_.load(b, memory, index(b, vector * lanes_), 1, lanes_);
}

void AttentionScheduler::setStatistic(OpBuilder& b, Value value, Value memory, int64_t vector) {
  tiles_.store(b, value, memory, index(b, vector * lanes_), 1, lanes_);
}

void AttentionScheduler::emitScores(OpBuilder& b, const QueryBlock& block, Value begin, Value end) {
  int64_t columns = block.vectors * lanes_;
  Matrix queries{packed_, index(b, 0), columns, 1};
  auto start = [&](OpBuilder& at, const Tile&, int64_t, int64_t) { return tiles_.splat(at, 0); };
  tiles_.product(
      b, key_.matrix, queries, {keys_, begin, end, key_step_}, columns, index(b, features_), start,
      [&](OpBuilder& at, const Tile& tile, ArrayRef<Value> sums) {
        Value row = arith::SubIOp::create(at, loc_, tile.row, begin);
        for (int64_t v = 0; v < tile.vectors; ++v) {
          int64_t valid = block.lanesOf(v, lanes_);
          Value query = addIndex(at, loc_, block.first, v * lanes_);
          Value maximum = statistic(at, maxima_, v);
          for (int64_t r = 0; r < tile.rows; ++r) {
            Value score = masked(at, sums[r * tile.vectors + v], addIndex(at, loc_, tile.row, r),
                                 query, valid);
            Value above =
                arith::CmpFOp::create(at, loc_, arith::CmpFPredicate::OGT, score, maximum);
            maximum = arith::SelectOp::create(at, loc_, above, score, maximum);
            Value to = mulIndex(at, loc_, addIndex(at, loc_, row, r), columns);
            tiles_.store(at, score, weights_, addIndex(at, loc_, to, v * lanes_), 1, lanes_);
          }
          setStatistic(at, maximum, maxima_, v);
        }
      });
}

void AttentionScheduler::emitWeights(OpBuilder& b, const QueryBlock& block, Value count) {
  int64_t columns = block.vectors * lanes_;
  SmallVector<Value> shifts, sums;
  for (int64_t v = 0; v < block.vectors; ++v) {
    // Where no key has been seen yet, the scores are -infinity less 0.
    Value maximum = statistic(b, maxima_, v);
    Value lowest = tiles_.splat(b, -std::numeric_limits<double>::infinity());
    Value none = arith::CmpFOp::create(b, loc_, arith::CmpFPredicate::OEQ, maximum, lowest);
    shifts.push_back(arith::SelectOp::create(b, loc_, none, tiles_.splat(b, 0), maximum));
    sums.push_back(tiles_.splat(b, 0));
  }
  auto loop = scf::ForOp::create(b, loc_, index(b, 0), count, index(b, 1), sums);
  OpBuilder body = OpBuilder::atBlockEnd(loop.getBody());
  SmallVector<Value> inside(loop.getRegionIterArgs());
  Value row = mulIndex(body, loc_, loop.getInductionVar(), columns);
  for (int64_t v = 0; v < block.vectors; ++v) {
    Value at = addIndex(body, loc_, row, v * lanes_);
    Value score = tiles_.load(body, weights_, at, 1, lanes_);
    Value weight =
        math::ExpOp::create(body, loc_, arith::SubFOp::create(body, loc_, score, shifts[v]));
    tiles_.store(body, weight, weights_, at, 1, lanes_);
    inside[v] = arith::AddFOp::create(body, loc_, inside[v], weight);
  }
  scf::YieldOp::create(body, loc_, inside);
  for (int64_t v = 0; v < block.vectors; ++v) {
    Value sum = loop.getResult(v);
    if (one_block_) {
      setStatistic(b, sum, sums_, v);
      setStatistic(b, arith::DivFOp::create(b, loc_, tiles_.splat(b, 1), sum), factors_, v);
      continue;
    }
    // exp(old maximum - new): `factors_` holds the old one.
    Value change = arith::SubFOp::create(b, loc_, statistic(b, factors_, v), shifts[v]);
    Value factor = math::ExpOp::create(b, loc_, change);
    setStatistic(b, tiles_.multiplyAdd(b, statistic(b, sums_, v), factor, sum), sums_, v);
    setStatistic(b, factor, factors_, v);
  }
}

void AttentionScheduler::emitResults(OpBuilder& b, const QueryBlock& block, Value begin,
                                     Value count) {
  Matrix weights{weights_, index(b, 0), 1, block.vectors * lanes_};
  Matrix partial{partial_, index(b, 0), values_, 1};
  Matrix to = one_block_ ? rowsFrom(b, result_.matrix, block.first) : partial;
  auto factor = [&](OpBuilder& at, Value row) {
    return tiles_.broadcast(at, tiles_.loadElement(at, factors_, row));
  };
  auto place = [&](OpBuilder& at, const Tile& tile, int64_t r, int64_t v) {
    return tiles_.offsetOf(at, to, addIndex(at, loc_, tile.row, r),
                           addIndex(at, loc_, tile.column, v * lanes_));
  };
  tiles_.product(
      b, weights, rowsFrom(b, value_.matrix, begin),
      {block.valid, index(b, 0), index(b, block.valid), tiles_.tileRows(block.valid, values_)},
      values_, count,
      [&](OpBuilder& at, const Tile& tile, int64_t r, int64_t v) -> Value {
        if (one_block_) return tiles_.splat(at, 0);
        Value before = tiles_.load(at, partial_, place(at, tile, r, v), 1, tile.lanesOf(v, lanes_));
        return arith::MulFOp::create(at, loc_, before, factor(at, addIndex(at, loc_, tile.row, r)));
      },
      [&](OpBuilder& at, const Tile& tile, ArrayRef<Value> sums) {
        for (int64_t r = 0; r < tile.rows; ++r)
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value sum = sums[r * tile.vectors + v];
            if (one_block_)
              sum =
                  arith::MulFOp::create(at, loc_, sum, factor(at, addIndex(at, loc_, tile.row, r)));
            tiles_.store(at, sum, to.memory, place(at, tile, r, v), to.column_stride,
                         tile.lanesOf(v, lanes_));
          }
      });
}

void AttentionScheduler::finish(OpBuilder& b, const QueryBlock& block) {
  for (int64_t v = 0; v < block.vectors; ++v) {
    Value sum = statistic(b, sums_, v);
    Value log_sum =
        arith::AddFOp::create(b, loc_, statistic(b, maxima_, v), math::LogOp::create(b, loc_, sum));
    Value row = addIndex(b, loc_, block.first, v * lanes_);
    tiles_.store(b, log_sum, log_sum_.matrix.memory,
                 tiles_.offsetOf(b, log_sum_.matrix, row, index(b, 0)), log_sum_.matrix.row_stride,
                 block.lanesOf(v, lanes_));
  }
  if (one_block_) return;
  tiles_.forEach(b, index(b, 0), index(b, block.valid), 1, [&](OpBuilder& at, Value r) {
    Value sum = tiles_.broadcast(at, tiles_.loadElement(at, sums_, r));
    Value from = mulIndex(at, loc_, r, values_);
    Value row = addIndex(at, loc_, block.first, r);
    for (int64_t c = 0; c < values_; c += lanes_) {
      int64_t valid = std::min(lanes_, values_ - c);
      Value value = tiles_.load(at, partial_, addIndex(at, loc_, from, c), 1, valid);
      tiles_.store(at, arith::DivFOp::create(at, loc_, value, sum), result_.matrix.memory,
                   tiles_.offsetOf(at, result_.matrix, row, index(at, c)),
                   result_.matrix.column_stride, valid);
    }
  });
}

void AttentionScheduler::emitBlock(OpBuilder& b, const QueryBlock& block) {
  Matrix queries = rowsFrom(b, query_.matrix, block.first);
  tiles_.transposeInto(b, queries, block.valid, block.vectors, features_,
                       op_.getScale().convertToDouble(), packed_);
  for (int64_t v = 0; v < block.vectors; ++v) {
    setStatistic(b, tiles_.splat(b, -std::numeric_limits<double>::infinity()), maxima_, v);
    if (!one_block_) setStatistic(b, tiles_.splat(b, 0), sums_, v);
  }
  Value zero = index(b, 0), limit = keyLimit(b, block.first, block.valid);
  if (one_block_) {
    emitScores(b, block, zero, limit);
    emitWeights(b, block, limit);
    emitResults(b, block, zero, limit);
    return finish(b, block);
  }
  tiles_.forEach(b, zero, index(b, block.valid * values_), 1, [&](OpBuilder& at, Value i) {
    Value none = arith::ConstantOp::create(at, loc_, at.getZeroAttr(wide_));
    memref::StoreOp::create(at, loc_, none, partial_, i);
  });
  auto loop = scf::ForOp::create(b, loc_, zero, limit, index(b, key_block_));
  OpBuilder inside(loop.getBody()->getTerminator());
  Value begin = loop.getInductionVar();
  Value end =
      arith::MinSIOp::create(inside, loc_, addIndex(inside, loc_, begin, key_block_), limit);
  Value count = arith::SubIOp::create(inside, loc_, end, begin);
  for (int64_t v = 0; v < block.vectors; ++v)
    setStatistic(inside, statistic(inside, maxima_, v), factors_, v);
  emitScores(inside, block, begin, end);
  emitWeights(inside, block, count);
  emitResults(inside, block, begin, count);
  finish(b, block);
}

FailureOr<int64_t> AttentionScheduler::run() {
  if (failed(read({{&query_, op_.getQuery()}, {&key_, op_.getKey()}, {&value_, op_.getValue()}})) ||
      failed(written({{&result_, op_.getResult()}, {&log_sum_, op_.getLogSum()}})))
    return failure();
  setExtents(query_, value_, op_.getMask(), op_.getCausal());
  if (batches_ * queries_ == 0) return 1;

  int64_t vectors = vectorsOfBlock(features_ + values_);
  int64_t columns = vectors * lanes_;
  key_step_ = tiles_.tileRows(keys_, columns);
  key_block_ = keysOfBlock(context_.target.l2_bytes / 4, columns, key_step_);
  one_block_ = key_block_ >= keys_;
  packed_ = temporary(features_ * columns);
  weights_ = temporary(key_block_ * columns);
  maxima_ = temporary(columns);
  sums_ = temporary(columns);
  factors_ = temporary(columns);
  if (!one_block_) partial_ = temporary(columns * values_);

  int64_t blocks = (queries_ + columns - 1) / columns, left = queries_ - (blocks - 1) * columns;
  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
  OpBuilder b(loop.getBody()->getTerminator());
  Value piece = loop.getInductionVar(), count = index(b, blocks);
  Value block = arith::RemUIOp::create(b, loc_, piece, count);
  Value batch = arith::DivUIOp::create(b, loc_, piece, count);
  enterBatch(b, batch, {&query_, &key_, &value_, &result_, &log_sum_});
  QueryBlock last{index(b, (blocks - 1) * columns), (left + lanes_ - 1) / lanes_, left};
  QueryBlock full{mulIndex(b, loc_, block, columns), vectors, columns};
  if (left == columns) {
    emitBlock(b, full);
  } else if (blocks == 1) {
    emitBlock(b, last);
  } else {
    Value is_last =
        arith::CmpIOp::create(b, loc_, arith::CmpIPredicate::eq, block, index(b, blocks - 1));
    auto branch = scf::IfOp::create(b, loc_, TypeRange(), is_last, /*withElseRegion=*/true);
    OpBuilder then_builder(branch.thenBlock()->getTerminator());
    emitBlock(then_builder, last);
    OpBuilder else_builder(branch.elseBlock()->getTerminator());
    emitBlock(else_builder, full);
  }
  if (masks_.failed()) return failure();
  return batches_ * blocks;
}

}  // namespace

FailureOr<int64_t> scheduleAttention(ScheduleContext& context, ir::AttentionOp op) {
  if (hasFewQueries(context.target, op)) return scheduleFewQueries(context, op);
  return AttentionScheduler(context, op).run();
}

}  // namespace etch::codegen
