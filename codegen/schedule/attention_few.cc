#include <limits>

#include "etch/codegen/schedule/attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// A piece is one attention. A vector holds neighbouring features of a key while scores are made,
// whose sums are taken across lanes, and neighbouring keys from then on:
//   scores        queries x keys
//   weights       exp(scores - maxima) in their place, and their sums
//   results       queries x values
class FewQueriesScheduler : AttentionBase {
 public:
  FewQueriesScheduler(ScheduleContext& context, ir::AttentionOp op)
      : AttentionBase(context, op,
                      cast<RankedTensorType>(op.getLogSum().getType()).getElementType()),
        op_(op) {}

  FailureOr<int64_t> run();

 private:
  void loadQueries(OpBuilder& b);
  void emitScores(OpBuilder& b);
  void emitWeights(OpBuilder& b, Value query);
  void emitResults(OpBuilder& b);
  // `body` for each vector of keys from `begin` on: its first key and how many of its lanes are
  // keys. What `carried` holds goes from one to the next.
  using Carried = SmallVector<Value>;
  Carried alongKeys(
      OpBuilder& b, Value begin, Value end, Carried carried,
      llvm::function_ref<Carried(OpBuilder&, Value key, int64_t valid, const Carried&)> body);
  void findVisible(OpBuilder& b);
  Value acrossLanes(OpBuilder& b, Value vector, bool maximum);
  int64_t featureVectors() const { return (features_ + lanes_ - 1) / lanes_; }
  int64_t validFeatures(int64_t vector) const {
    return std::min(lanes_, features_ - vector * lanes_);
  }

  ir::AttentionOp op_;
  MatrixStack query_, key_, value_, result_, log_sum_;
  int64_t row_ = 0;  // from one query's scores to the next
  SmallVector<Value>
      features_of_queries_;  // vectors, times the scale: all of a query, then the next
  Value weights_, factors_;
  Value begin_, end_;  // of the keys that some query sees; the former a multiple of `lanes_`
};

Value FewQueriesScheduler::acrossLanes(OpBuilder& b, Value vector, bool maximum) {
  return combineLanes(b, loc_, vector, [&](Value x, Value y) -> Value {
    if (!maximum) return arith::AddFOp::create(b, loc_, x, y);
    Value above = arith::CmpFOp::create(b, loc_, arith::CmpFPredicate::OGT, x, y);
    return arith::SelectOp::create(b, loc_, above, x, y);
  });
}

void FewQueriesScheduler::loadQueries(OpBuilder& b) {
  features_of_queries_.clear();
  Value scale = tiles_.splat(b, op_.getScale().convertToDouble());
  for (int64_t q = 0; q < queries_; ++q)
    for (int64_t v = 0; v < featureVectors(); ++v) {
      Value from = tiles_.offsetOf(b, query_.matrix, index(b, q), index(b, v * lanes_));
      Value x =
          tiles_.load(b, query_.matrix.memory, from, query_.matrix.column_stride, validFeatures(v));
      features_of_queries_.push_back(arith::MulFOp::create(b, loc_, x, scale));
    }
}

void FewQueriesScheduler::emitScores(OpBuilder& b) {
  // Lanes behind the last key never count.
  if (keys_ % lanes_ != 0)
    for (int64_t q = 0; q < queries_; ++q)
      tiles_.store(b, tiles_.splat(b, -std::numeric_limits<double>::infinity()), weights_,
                   index(b, q * row_ + row_ - lanes_), 1, lanes_);
  loadQueries(b);
  tiles_.forEach(b, begin_, end_, 1, [&](OpBuilder& at, Value key) {
    SmallVector<Value> sums(queries_);
    for (int64_t v = 0; v < featureVectors(); ++v) {
      Value from = tiles_.offsetOf(at, key_.matrix, key, index(at, v * lanes_));
      Value x = tiles_.load(at, key_.matrix.memory, from, 1, validFeatures(v));
      for (int64_t q = 0; q < queries_; ++q) {
        Value y = features_of_queries_[q * featureVectors() + v];
        sums[q] = v == 0 ? Value(arith::MulFOp::create(at, loc_, x, y))
                         : tiles_.multiplyAdd(at, x, y, sums[q]);
      }
    }
    for (int64_t q = 0; q < queries_; ++q)
      memref::StoreOp::create(at, loc_, acrossLanes(at, sums[q], /*maximum=*/false), weights_,
                              addIndex(at, loc_, key, q * row_));
  });
}

FewQueriesScheduler::Carried FewQueriesScheduler::alongKeys(
    OpBuilder& b, Value begin, Value end, Carried carried,
    llvm::function_ref<Carried(OpBuilder&, Value, int64_t, const Carried&)> body) {
  int64_t full = keys_ / lanes_ * lanes_;
  if (full > 0) {
    Value limit = arith::MinSIOp::create(b, loc_, end, index(b, full));
    auto loop = scf::ForOp::create(b, loc_, begin, limit, index(b, lanes_), carried);
    OpBuilder inside = OpBuilder::atBlockEnd(loop.getBody());
    Carried next = body(inside, loop.getInductionVar(), lanes_, Carried(loop.getRegionIterArgs()));
    scf::YieldOp::create(inside, loc_, next);
    carried.assign(loop.getResults().begin(), loop.getResults().end());
  }
  // Beyond `end` scores are -infinity.
  if (full < keys_) carried = body(b, index(b, full), keys_ - full, carried);
  return carried;
}

// A cache of keys is as long as it may become; neither its keys nor its values are read where the
// mask hides them, in steps of whole vectors.
void FewQueriesScheduler::findVisible(OpBuilder& b) {
  begin_ = index(b, 0), end_ = index(b, keys_);
  if (!mask_) return;
  Value lowest = tiles_.splat(b, -std::numeric_limits<double>::infinity());
  Carried range = alongKeys(
      b, begin_, end_, {index(b, row_), begin_},
      [&](OpBuilder& at, Value key, int64_t valid, const Carried& range) -> Carried {
        Value highest = lowest;
        for (int64_t q = 0; q < queries_; ++q) {
          Value score = masked(at, tiles_.splat(at, 0), key, index(at, q), valid, Lanes::kKeys);
          if (valid < lanes_) score = tiles_.firstLanes(at, score, lowest, valid);
          // A number that is none is seen.
          Value hidden = arith::CmpFOp::create(at, loc_, arith::CmpFPredicate::OEQ, score, lowest);
          highest = arith::SelectOp::create(at, loc_, hidden, highest, tiles_.splat(at, 0));
        }
        Value any = acrossLanes(at, highest, /*maximum=*/true);
        Value zero = arith::ConstantOp::create(at, loc_, at.getZeroAttr(wide_));
        Value seen = arith::CmpFOp::create(at, loc_, arith::CmpFPredicate::OGE, any, zero);
        Value first = arith::MinSIOp::create(at, loc_, range[0], key);
        return {arith::SelectOp::create(at, loc_, seen, first, range[0]),
                arith::SelectOp::create(at, loc_, seen, addIndex(at, loc_, key, valid), range[1])};
      });
  begin_ = arith::MinSIOp::create(b, loc_, range[0], range[1]);
  end_ = range[1];
}

void FewQueriesScheduler::emitWeights(OpBuilder& b, Value query) {
  Value lowest = tiles_.splat(b, -std::numeric_limits<double>::infinity());
  Value first = mulIndex(b, loc_, query, row_);
  auto placeOf = [&](OpBuilder& at, Value key) { return addIndex(at, loc_, first, key); };
  Carried highest = alongKeys(
      b, begin_, end_, {lowest},
      [&](OpBuilder& at, Value key, int64_t valid, const Carried& highest) -> Carried {
        Value score = tiles_.load(at, weights_, placeOf(at, key), 1, lanes_);
        if (mask_) {
          score = masked(at, score, key, query, valid, Lanes::kKeys);
          // A floating mask may have any number where there is no key.
          if (valid < lanes_) score = tiles_.firstLanes(at, score, lowest, valid);
          tiles_.store(at, score, weights_, placeOf(at, key), 1, lanes_);
        }
        Value above = arith::CmpFOp::create(at, loc_, arith::CmpFPredicate::OGT, score, highest[0]);
        return {arith::SelectOp::create(at, loc_, above, score, highest[0])};
      });
  Value maximum = tiles_.broadcast(b, acrossLanes(b, highest[0], /*maximum=*/true));
  // Where no key is seen, the scores are -infinity less 0.
  Value none = arith::CmpFOp::create(b, loc_, arith::CmpFPredicate::OEQ, maximum, lowest);
  Value shift = arith::SelectOp::create(b, loc_, none, tiles_.splat(b, 0), maximum);
  Carried sums = alongKeys(b, begin_, end_, {tiles_.splat(b, 0)},
                           [&](OpBuilder& at, Value key, int64_t, const Carried& sum) -> Carried {
                             Value score = tiles_.load(at, weights_, placeOf(at, key), 1, lanes_);
                             Value weight = math::ExpOp::create(
                                 at, loc_, arith::SubFOp::create(at, loc_, score, shift));
                             tiles_.store(at, weight, weights_, placeOf(at, key), 1, lanes_);
                             return {arith::AddFOp::create(at, loc_, sum[0], weight)};
                           });
  Value sum = tiles_.broadcast(b, acrossLanes(b, sums[0], /*maximum=*/false));
  Value factor = arith::DivFOp::create(b, loc_, tiles_.splat(b, 1), sum);
  tiles_.store(b, factor, factors_, mulIndex(b, loc_, query, lanes_), 1, lanes_);
  Value log_sum = arith::AddFOp::create(b, loc_, maximum, math::LogOp::create(b, loc_, sum));
  tiles_.store(b, log_sum, log_sum_.matrix.memory,
               tiles_.offsetOf(b, log_sum_.matrix, query, index(b, 0)), 1, 1);
}

void FewQueriesScheduler::emitResults(OpBuilder& b) {
  const Matrix& to = result_.matrix;
  tiles_.product(
      b, {weights_, begin_, row_, 1}, rowsFrom(b, value_.matrix, begin_),
      {queries_, index(b, 0), index(b, queries_), tiles_.tileRows(queries_, values_)}, values_,
      arith::SubIOp::create(b, loc_, end_, begin_),
      [&](OpBuilder& at, const Tile&, int64_t, int64_t) { return tiles_.splat(at, 0); },
      [&](OpBuilder& at, const Tile& tile, ArrayRef<Value> sums) {
        for (int64_t r = 0; r < tile.rows; ++r) {
          Value row = addIndex(at, loc_, tile.row, r);
          Value factor = tiles_.load(at, factors_, mulIndex(at, loc_, row, lanes_), 1, lanes_);
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value column = addIndex(at, loc_, tile.column, v * lanes_);
            tiles_.store(at, arith::MulFOp::create(at, loc_, sums[r * tile.vectors + v], factor),
                         to.memory, tiles_.offsetOf(at, to, row, column), to.column_stride,
                         tile.lanesOf(v, lanes_));
          }
        }
      });
}

FailureOr<int64_t> FewQueriesScheduler::run() {
  if (failed(read({{&query_, op_.getQuery()}, {&key_, op_.getKey()}, {&value_, op_.getValue()}})) ||
      failed(written({{&result_, op_.getResult()}, {&log_sum_, op_.getLogSum()}})))
    return failure();
  setExtents(query_, value_, op_.getMask(), op_.getCausal());
  if (batches_ == 0) return 1;
  row_ = (keys_ + lanes_ - 1) / lanes_ * lanes_;
  weights_ = temporary(queries_ * row_);
  factors_ = temporary(queries_ * lanes_);
  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
  OpBuilder b(loop.getBody()->getTerminator());
  enterBatch(b, loop.getInductionVar(), {&query_, &key_, &value_, &result_, &log_sum_});
  findVisible(b);
  emitScores(b);
  tiles_.forEach(b, index(b, 0), index(b, queries_), 1,
                 [&](OpBuilder& at, Value query) { emitWeights(at, query); });
  emitResults(b);
  if (masks_.failed()) return failure();
  return batches_;
}

}  // namespace

// By key a score with 16 queries takes a multiply-add for each feature, here one for 16 features of
// each query and a sum across lanes.
bool hasFewQueries(const Target& target, ir::AttentionOp op) {
  auto query = cast<RankedTensorType>(op.getQuery().getType());
  auto wide = cast<RankedTensorType>(op.getLogSum().getType()).getElementType();
  std::optional<Access> keys = sourceOf(op.getKey());
  if (!keys || op.getCausal() || keys->layout.strides.back() != 1) return false;
  int64_t bytes = wide.getIntOrFloatBitWidth() / 8, lanes = target.lanes(bytes);
  int64_t queries = query.getShape().end()[-2], features = query.getShape().back();
  int64_t vectors = (features + lanes - 1) / lanes, key_count = keys->layout.shape.end()[-2];
  // Queries stay in registers, scores in the frame.
  constexpr int64_t kAcrossLanes = 6;
  return queries > 0 && queries * (vectors + kAcrossLanes) < features &&
         queries * (vectors + 1) < target.vector_registers &&
         queries * (key_count + lanes) * bytes <= target.l2_bytes / 4;
}

FailureOr<int64_t> scheduleFewQueries(ScheduleContext& context, ir::AttentionOp op) {
  return FewQueriesScheduler(context, op).run();
}

}  // namespace etch::codegen
