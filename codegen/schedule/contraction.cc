#include "etch/codegen/schedule/contraction.h"

#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;

LogicalResult ContractionScheduler::readOperands() {
  auto ranges = op_.getStaticLoopRanges();
  rank_ = cast<RankedTensorType>(op_.getResult(0).getType()).getRank();
  FailureOr<Factor> a = factorOf(op_, *op_.getDpsInputOperand(0));
  FailureOr<Factor> c = factorOf(op_, *op_.getDpsInputOperand(1));
  if (failed(a) || failed(c)) return failure();
  lhs_ = *a;
  rhs_ = *c;
  n_ = ranges[rank_ - 1];
  depth_ = depthLoops(ArrayRef(ranges).drop_front(rank_), lhs_, rhs_);
  for (const DepthLoop& loop : depth_) k_ *= loop.extent;
  for (const Sink& sink : sinksOf(context_.kernel))
    (isMargin(sink) ? fillings_ : sinks_).push_back(sink);
  wide_ = cast<RankedTensorType>(op_.getResult(0).getType()).getElementType();
  tiles_.emplace(loc_, context_.target, wide_);
  return success();
}

// Dimensions along which the right factor does not vary are rows, several of them where something
// does not walk them as one; the others are batches.
void ContractionScheduler::chooseLoops() {
  SmallVector<int64_t> shape(cast<RankedTensorType>(op_.getResult(0).getType()).getShape());
  SmallVector<Access> accesses;
  llvm::SetVector<Operation*> epilogue;
  std::function<void(Value)> collect = [&](Value value) {
    if (std::optional<Access> access = sourceOf(value)) accesses.push_back(*access);
    auto generic = value.getDefiningOp<linalg::GenericOp>();
    if (!generic || generic == op_ || !epilogue.insert(generic)) return;
    for (Value input : generic.getInputs()) collect(input);
    // A function of math is many operations.
    constexpr int64_t kMathOps = 8;
    for (Operation& op : generic.getBlock()->without_terminator())
      epilogue_ops_ += isa<math::MathDialect>(op.getDialect()) ? kMathOps : 1;
  };
  bool keep_dims = false;
  for (const Sink& sink : sinks_) {
    collect(sink.value);
    accesses.push_back(sink.access);
  }
  for (Operation* op : epilogue)
    keep_dims |= !cast<linalg::GenericOp>(op).getBlock()->getOps<linalg::IndexOp>().empty();
  accesses.push_back(lhs_.overResult(shape));
  accesses.push_back(rhs_.overResult(shape));
  // Packed panels of rows end with their matrix: batches are not joined to M then.
  bool apart = lhs_.panel > 0 || keep_dims;
  SmallVector<int64_t> reduced = {rank_ - 1};
  emitter_.chooseGroups(shape, reduced, accesses, apart);
  const auto& groups = emitter_.groups();
  for (int g = static_cast<int>(groups.size()); g-- > 0;) {
    int64_t last = groups[g].dims.back();
    bool shares = rhs_.strides[last] == 0 && batch_groups_.empty();
    if (last == rank_ - 1) {
      n_group_ = g;
    } else if (lhs_.panel ? last == rank_ - 2 : shares) {
      m_groups_.insert(m_groups_.begin(), g);
    } else {
      batch_groups_.insert(batch_groups_.begin(), g);
    }
  }
  for (int g : m_groups_) {
    rows_.extents.push_back(groups[g].extent);
    rows_.strides.push_back(lhs_.strides[groups[g].dims.back()]);
  }
  m_ = rows_.count();
}

void ContractionScheduler::chooseTiles() {
  int64_t bytes = wide_.getIntOrFloatBitWidth() / 8;
  lanes_ = tiles_->lanes();
  tile_ = chooseTile(context_.target, m_, n_, k_, bytes);
  if (rows_.extents.size() > 1 || depth_.size() > 1) {
    Type element = cast<MemRefType>(lhs_.access.memory.getType()).getElementType();
    int64_t row_bytes =
        rows_.strides.empty() ? 0 : rows_.strides.back() * element.getIntOrFloatBitWidth() / 8;
    preferTallTile(context_.target, m_, row_bytes, bytes, tile_);
  }
  if (rhs_.panel) tile_.columns = rhs_.panel;
  int64_t vectors = std::max<int64_t>(1, tile_.columns / lanes_);
  tile_.rows = rowsFor(context_.target, vectors, m_);
  // Rows of one run of neighbours have one address.
  if (rows_.extents.size() > 1)
    for (int64_t r = tile_.rows; 2 * r >= tile_.rows; --r) {
      if (rows_.run() % r != 0) continue;
      tile_.rows = r;
      break;
    }
  if (lhs_.panel) tile_.rows = lhs_.panel;
  // Sums of a blocked K wait in memory; an epilogue wants them complete, and may write its results
  // over what it reads.
  bool plain = sinks_.size() == 1 && sinks_[0].value == op_.getResult(0);
  bool whole = !plain || depth_.size() > 1;
  if (whole) tile_.k_block = k_;
  tile_.k_block = std::min(tile_.k_block, std::max<int64_t>(k_, 1));
  problem_ = {1, m_, n_, k_, bytes, lhs_.panel > 0, whole};
}

// How many steps over so many depths, the innermost, are written out; an inner loop of few is none.
int64_t ContractionScheduler::unrolled(int64_t depths) const {
  constexpr int64_t kUnroll = 4;
  return depth_.size() > 1 && depths <= 2 * kUnroll ? depths : kUnroll;
}

// Innermost comes a loop over the depth in whose steps no two rows read the same element, as
// neighbouring windows do along their rows: LLVM would load it once, and spill it until the other
// row needs it.
void ContractionScheduler::orderDepth() {
  if (rows_.strides.empty() || rhs_.pairs) return;
  int64_t row = std::abs(rows_.strides.back());
  auto apart = [&](const DepthLoop& loop) {
    for (int64_t step = 1; step < std::min(loop.extent, unrolled(loop.extent)); ++step) {
      int64_t distance = std::abs(loop.lhs_stride) * step;
      if (row == 0 || (distance % row == 0 && distance / row < tile_.rows)) return false;
    }
    return true;
  };
  for (size_t i = depth_.size(); i-- > 0;) {
    if (!apart(depth_[i])) continue;
    std::rotate(depth_.begin() + i, depth_.begin() + i + 1, depth_.end());
    return;
  }
}

// Where pieces lie: a batch, a block of rows, a block of columns.
void ContractionScheduler::emitPieces() {
  const auto& groups = emitter_.groups();
  Value begin = context_.begin, end = context_.end;
  if (!fillings_.empty()) {
    Value first = constantIndex(b_, loc_, filling_pieces_);
    auto after = [&](Value v) -> Value {
      return arith::SubIOp::create(b_, loc_, arith::MaxUIOp::create(b_, loc_, v, first), first);
    };
    begin = after(begin);
    end = after(end);
  }
  auto loop = scf::ForOp::create(b_, loc_, begin, end, constantIndex(b_, loc_, 1));
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPoint(loop.getBody()->getTerminator());
  Value piece = loop.getInductionVar();
  auto split = [&](int64_t extent) -> Value {
    if (extent == 1) return constantIndex(b_, loc_, 0);
    Value by = constantIndex(b_, loc_, extent);
    Value index = arith::RemUIOp::create(b_, loc_, piece, by);
    piece = arith::DivUIOp::create(b_, loc_, piece, by);
    return index;
  };
  Value m_block, n_block;
  if (tile_.rows_outside) n_block = split(tile_.n_blocks);
  m_block = split(tile_.m_blocks);
  if (!tile_.rows_outside) n_block = split(tile_.n_blocks);  // whose panels stay in L2
  point_.index.assign(groups.size(), nullptr);
  batch_a_ = constantIndex(b_, loc_, lhs_.access.layout.offset);
  batch_b_ = constantIndex(b_, loc_, rhs_.access.layout.offset);
  for (int g : llvm::reverse(batch_groups_)) {
    Value index = split(groups[g].extent);
    int64_t dim = groups[g].dims.back();
    point_.index[g] = index;
    batch_a_ = addIndex(b_, loc_, batch_a_, mulIndex(b_, loc_, index, lhs_.strides[dim]));
    batch_b_ = addIndex(b_, loc_, batch_b_, mulIndex(b_, loc_, index, rhs_.strides[dim]));
  }
  if (n_group_ >= 0) point_.lane = n_group_;
  point_.width = lanes_;
  emitBlock(m_block, n_block);
}

// One piece: blocks of K outside, rows, then panels of columns inside, so that a row's elements
// stay in L1 while the block of the right-hand side streams from L2.
void ContractionScheduler::emitBlock(Value m_block, Value n_block) {
  int64_t full_rows = m_ / tile_.rows * tile_.rows;
  int64_t tail_rows = m_ - full_rows;
  int64_t full_columns = n_ / tile_.columns * tile_.columns;
  bool tail_columns = n_ != full_columns;
  Value m_begin = mulIndex(b_, loc_, m_block, tile_.m_block);
  Value m_limit = constantIndex(b_, loc_, full_rows);
  Value m_end =
      arith::MinUIOp::create(b_, loc_, addIndex(b_, loc_, m_begin, tile_.m_block), m_limit);
  Value n_begin = mulIndex(b_, loc_, n_block, tile_.n_block);
  Value n_end = arith::MinUIOp::create(b_, loc_, addIndex(b_, loc_, n_begin, tile_.n_block),
                                       constantIndex(b_, loc_, full_columns));
  Value is_last_n = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, n_block,
                                          constantIndex(b_, loc_, tile_.n_blocks - 1));
  Value is_last_m = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, m_block,
                                          constantIndex(b_, loc_, tile_.m_blocks - 1));
  auto rowsOf = [&](Value i, int64_t rows, Value k_begin, int64_t k_count, bool first, bool last) {
    // Full panels in a loop, then the partial one of the last block.
    if (full_columns > 0) {
      auto columns =
          scf::ForOp::create(b_, loc_, n_begin, n_end, constantIndex(b_, loc_, tile_.columns));
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPoint(columns.getBody()->getTerminator());
      emitTile(i, rows, columns.getInductionVar(), tile_.columns / lanes_, 0, k_begin, k_count,
               first, last);
    }
    if (!tail_columns) return;
    auto edge = scf::IfOp::create(b_, loc_, TypeRange(), is_last_n, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPoint(edge.thenBlock()->getTerminator());
    int64_t left = n_ - full_columns;
    emitTile(i, rows, constantIndex(b_, loc_, full_columns), (left + lanes_ - 1) / lanes_,
             left % lanes_, k_begin, k_count, first, last);
  };
  auto blockOfK = [&](Value k_begin, int64_t k_count, bool first, bool last) {
    if (full_rows > 0) {
      auto rows = scf::ForOp::create(b_, loc_, m_begin, m_end, constantIndex(b_, loc_, tile_.rows));
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPoint(rows.getBody()->getTerminator());
      rowsOf(rows.getInductionVar(), tile_.rows, k_begin, k_count, first, last);
    }
    if (tail_rows == 0) return;
    auto edge = scf::IfOp::create(b_, loc_, TypeRange(), is_last_m, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPoint(edge.thenBlock()->getTerminator());
    rowsOf(constantIndex(b_, loc_, full_rows), tail_rows, k_begin, k_count, first, last);
  };
  int64_t block = std::max<int64_t>(1, tile_.k_block);
  int64_t blocks = std::max<int64_t>(1, (k_ + block - 1) / block);
  int64_t last_count = k_ - (blocks - 1) * block;
  Value zero = constantIndex(b_, loc_, 0);
  if (blocks == 1) return blockOfK(zero, k_, true, true);
  blockOfK(zero, block, true, false);
  if (blocks > 2) {
    auto loop = scf::ForOp::create(b_, loc_, constantIndex(b_, loc_, block),
                                   constantIndex(b_, loc_, (blocks - 1) * block),
                                   constantIndex(b_, loc_, block));
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPoint(loop.getBody()->getTerminator());
    blockOfK(loop.getInductionVar(), block, false, false);
  }
  blockOfK(constantIndex(b_, loc_, (blocks - 1) * block), last_count, false, true);
}

FailureOr<int64_t> ContractionScheduler::run() {
  if (failed(readOperands())) return failure();
  chooseLoops();
  chooseTiles();
  const auto& groups = emitter_.groups();
  int64_t batches = 1;
  for (int g : batch_groups_) batches *= groups[g].extent;
  problem_.batches = batches;
  problem_.k_step = rhs_.pairs ? 2 : 1;
  if (failed(settleTile(context_.kernel, context_.target, problem_, tile_))) return failure();
  orderDepth();
  if (m_ == 0 || n_ == 0 || batches == 0) {  // nothing but margins is written
    if (fillings_.empty()) return 1;
    return scheduleSinks(context_, fillings_, /*alone=*/true);
  }
  // Margins come first: threads take long ranges of pieces at the beginning, and share the
  // product's few large ones at the end.
  if (!fillings_.empty()) {
    FailureOr<int64_t> filled = scheduleSinks(context_, fillings_, /*alone=*/false);
    if (failed(filled)) return failure();
    filling_pieces_ = *filled;
  }
  emitPieces();
  if (emitter_.failed()) return failure();
  return filling_pieces_ + batches * tile_.m_blocks * tile_.n_blocks;
}

FailureOr<int64_t> scheduleContraction(ScheduleContext& context, linalg::GenericOp contraction) {
  return ContractionScheduler(context, contraction).run();
}

}  // namespace etch::codegen
