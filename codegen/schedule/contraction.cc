#include "etch/codegen/schedule/strategies.h"
#include "etch/codegen/schedule/tiles.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {
namespace {

using namespace mlir;
using ir::StridedLayout;

// One operand of the product in memory. Strided: element (row or column i, k) at
// base + i * stride + k * k_stride. Packed: panels of `panel` rows (columns), each K x panel.
struct Operand {
  Access access;
  SmallVector<int64_t> batch_strides;  // one for each batch dimension; 0 where it does not vary
  int64_t stride = 0;
  int64_t k_stride = 0;
  int64_t panel = 0;  // 0: strided
};

class ContractionScheduler {
 public:
  ContractionScheduler(ScheduleContext& context, linalg::GenericOp op)
      : context_(context),
        b_(context.builder),
        loc_(context.kernel.getLoc()),
        op_(op),
        entry_(OpBuilder::atBlockBegin(&context.kernel.front())),
        emitter_(context.kernel, context.target, entry_) {}

  FailureOr<int64_t> run();

 private:
  LogicalResult readOperands();
  FailureOr<Operand> operand(Value value, AffineMap map, int64_t own_dim);
  void chooseLoops();
  void chooseTiles();
  void emitPieces();
  void emitBlock(Value m_block, Value n_block);
  void emitTile(Value i, int64_t rows, Value j, int64_t vectors, int64_t tail, Value k_begin,
                int64_t k_count, bool first, bool last);
  void finishTile(ArrayRef<Value> sums, Value i, int64_t rows, Value j, int64_t vectors,
                  int64_t tail, bool last);
  void emitResults(OpBuilder& b, Value sum, Value row, Value column, Value mask);
  void prefetchRows(OpBuilder& b, Value base, int64_t rows, Value k);
  Value loadA(OpBuilder& b, ArrayRef<Value> row_base, Value panel_base, int64_t row, Value k,
              int64_t k_offset);
  Value widenFloat(OpBuilder& b, Value value);
  Value multiplyAdd(OpBuilder& b, Value x, Value y, Value sum);
  Value maskOf(OpBuilder& b, int64_t lanes);

  ScheduleContext& context_;
  OpBuilder& b_;
  Location loc_;
  linalg::GenericOp op_;
  OpBuilder entry_;
  PointEmitter emitter_;
  Operand lhs_, rhs_;
  SmallVector<Sink> sinks_;
  Type wide_;
  int64_t rank_ = 0;
  int64_t m_ = 1, n_ = 1, k_ = 1;
  int m_group_ = -1, n_group_ = -1;
  SmallVector<int> batch_groups_;
  TileChoice tile_;
  int64_t lanes_ = 1;
  int64_t epilogue_ops_ = 0;
  Value tile_memory_;
  Value batch_a_, batch_b_;
  Point point_;
};

FailureOr<Operand> ContractionScheduler::operand(Value value, AffineMap map, int64_t own_dim) {
  Operand result;
  int64_t k_dim = rank_;
  SmallVector<int64_t> strides;
  if (auto unpack = value.getDefiningOp<linalg::UnPackOp>()) {
    std::optional<Access> access = sourceOf(unpack.getSource());
    if (!access) return op_.emitError("cannot be scheduled: a packed operand is not in memory");
    result.access = *access;
    const StridedLayout& layout = access->layout;
    result.panel = layout.shape.back();
    for (size_t i = 0; i + 3 < layout.shape.size(); ++i) strides.push_back(layout.strides[i]);
    strides.append({0, 0});
  } else {
    std::optional<Access> access = sourceOf(value);
    if (!access) return op_.emitError("cannot be scheduled: an operand is not in memory");
    result.access = *access;
    strides = access->layout.strides;
    for (auto [i, extent] : llvm::enumerate(access->layout.shape))
      if (extent == 1) strides[i] = 0;
  }
  result.batch_strides.assign(rank_, 0);
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    int64_t dim = cast<AffineDimExpr>(expr).getPosition();
    if (result.panel && i + 2 >= map.getNumResults()) continue;
    if (dim == k_dim) {
      result.k_stride = strides[i];
    } else if (dim == own_dim) {
      result.stride = strides[i];
    } else {
      result.batch_strides[dim] = strides[i];
    }
  }
  if (result.panel) result.k_stride = result.panel;
  return result;
}

LogicalResult ContractionScheduler::readOperands() {
  auto ranges = op_.getStaticLoopRanges();
  rank_ = static_cast<int64_t>(ranges.size()) - 1;
  m_ = ranges[rank_ - 2];
  n_ = ranges[rank_ - 1];
  k_ = ranges[rank_];
  auto maps = op_.getIndexingMapsArray();
  FailureOr<Operand> a = operand(op_.getInputs()[0], maps[0], rank_ - 2);
  FailureOr<Operand> c = operand(op_.getInputs()[1], maps[1], rank_ - 1);
  if (failed(a) || failed(c)) return failure();
  lhs_ = *a;
  rhs_ = *c;
  sinks_ = sinksOf(context_.kernel);
  wide_ = cast<RankedTensorType>(op_.getResult(0).getType()).getElementType();
  return success();
}

// Batch dimensions that both operands and everything else walk alike with M become part of M.
void ContractionScheduler::chooseLoops() {
  SmallVector<int64_t> shape(cast<RankedTensorType>(op_.getResult(0).getType()).getShape());
  SmallVector<Access> accesses;
  llvm::SetVector<Operation*> epilogue;
  std::function<void(Value)> collect = [&](Value value) {
    if (std::optional<Access> access = sourceOf(value)) accesses.push_back(*access);
    auto generic = value.getDefiningOp<linalg::GenericOp>();
    if (!generic || generic == op_ || !epilogue.insert(generic)) return;
    for (Value input : generic.getInputs()) collect(input);
    epilogue_ops_ += generic.getBlock()->getOperations().size() - 1;
  };
  bool keep_dims = false;
  for (const Sink& sink : sinks_) {
    collect(sink.value);
    accesses.push_back(sink.access);
  }
  for (Operation* op : epilogue)
    keep_dims |= !cast<linalg::GenericOp>(op).getBlock()->getOps<linalg::IndexOp>().empty();
  auto asAccess = [&](const Operand& operand, int64_t own_dim) {
    Access access;
    access.layout.shape.assign(shape.begin(), shape.end());
    access.layout.strides = operand.batch_strides;
    access.layout.strides[own_dim] = operand.panel ? 0 : operand.stride;
    return access;
  };
  accesses.push_back(asAccess(lhs_, rank_ - 2));
  accesses.push_back(asAccess(rhs_, rank_ - 1));
  // Packed panels of rows end with their matrix: batches are not joined to M then.
  bool apart = lhs_.panel > 0 || keep_dims;
  SmallVector<int64_t> reduced = {rank_ - 1};
  emitter_.chooseGroups(shape, reduced, accesses, apart);
  const auto& groups = emitter_.groups();
  for (int g = 0; g < static_cast<int>(groups.size()); ++g) {
    int64_t last = groups[g].dims.back();
    if (last == rank_ - 1) {
      n_group_ = g;
    } else if (last == rank_ - 2) {
      m_group_ = g;
    } else {
      batch_groups_.push_back(g);
    }
  }
  // Without rows of its own, a product takes the innermost batch that the right-hand side shares.
  if (m_group_ < 0 && !batch_groups_.empty() && !lhs_.panel) {
    int g = batch_groups_.back();
    int64_t dim = groups[g].dims.back();
    if (rhs_.batch_strides[dim] == 0) {
      m_group_ = g;
      lhs_.stride = lhs_.batch_strides[dim];
      batch_groups_.pop_back();
    }
  }
  m_ = m_group_ >= 0 ? groups[m_group_].extent : 1;
}

void ContractionScheduler::chooseTiles() {
  lanes_ = context_.target.lanes(wide_.getIntOrFloatBitWidth() / 8);
  tile_ = chooseTile(context_.target, m_, n_, k_, wide_.getIntOrFloatBitWidth() / 8);
  if (rhs_.panel) tile_.columns = rhs_.panel;
  int64_t vectors = std::max<int64_t>(1, tile_.columns / lanes_);
  tile_.rows = rowsFor(context_.target, vectors, m_);
  if (lhs_.panel) tile_.rows = lhs_.panel;
  // Sums of a blocked K wait in memory; an epilogue wants them complete, and may write its results
  // over what it reads.
  bool plain = sinks_.size() == 1 && sinks_[0].value == op_.getResult(0);
  if (!plain) tile_.k_block = k_;
  tile_.k_block = std::min(tile_.k_block, std::max<int64_t>(k_, 1));
}

Value ContractionScheduler::widenFloat(OpBuilder& b, Value value) {
  Type element = getElementTypeOrSelf(value);
  if (element == wide_) return value;
  Type type = wide_;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = VectorType::get(vector.getShape(), wide_);
  return arith::ExtFOp::create(b, loc_, type, value);
}

Value ContractionScheduler::multiplyAdd(OpBuilder& b, Value x, Value y, Value sum) {
  if (context_.target.has_fma) return vector::FMAOp::create(b, loc_, x, y, sum);
  return arith::AddFOp::create(b, loc_, sum, arith::MulFOp::create(b, loc_, x, y));
}

Value ContractionScheduler::maskOf(OpBuilder& b, int64_t lanes) {
  auto type = VectorType::get({lanes_}, b.getI1Type());
  return vector::ConstantMaskOp::create(b, loc_, type, b.getDenseI64ArrayAttr({lanes}));
}

// Where pieces lie: a batch, a block of rows, a block of columns.
void ContractionScheduler::emitPieces() {
  const auto& groups = emitter_.groups();
  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
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
  Value m_block = split(tile_.m_blocks);  // innermost: they share a block of columns
  Value n_block = split(tile_.n_blocks);
  point_.index.assign(groups.size(), nullptr);
  batch_a_ = constantIndex(b_, loc_, lhs_.access.layout.offset);
  batch_b_ = constantIndex(b_, loc_, rhs_.access.layout.offset);
  for (int g : llvm::reverse(batch_groups_)) {
    Value index = split(groups[g].extent);
    int64_t dim = groups[g].dims.back();
    point_.index[g] = index;
    batch_a_ = addIndex(b_, loc_, batch_a_, mulIndex(b_, loc_, index, lhs_.batch_strides[dim]));
    batch_b_ = addIndex(b_, loc_, batch_b_, mulIndex(b_, loc_, index, rhs_.batch_strides[dim]));
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
    auto columns =
        scf::ForOp::create(b_, loc_, n_begin, n_end, constantIndex(b_, loc_, tile_.columns));
    {
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

Value ContractionScheduler::loadA(OpBuilder& b, ArrayRef<Value> row_base, Value panel_base,
                                  int64_t row, Value k, int64_t k_offset) {
  Value offset;
  if (lhs_.panel) {
    offset = addIndex(b, loc_, panel_base, mulIndex(b, loc_, k, lhs_.panel));
    offset = addIndex(b, loc_, offset, k_offset * lhs_.panel + row);
  } else {
    offset = addIndex(b, loc_, row_base[0], mulIndex(b, loc_, k, lhs_.k_stride));
    offset = addIndex(b, loc_, offset, row * lhs_.stride + k_offset * lhs_.k_stride);
  }
  Value value = memref::LoadOp::create(b, loc_, emitter_.flat(lhs_.access.memory), offset);
  return widenFloat(b, value);
}

// Asks for what the next `rows` rows have at `k`. Past the end nothing is there, and nothing
// happens.
void ContractionScheduler::prefetchRows(OpBuilder& b, Value base, int64_t rows, Value k) {
  constexpr unsigned kKeepInL1 = 3;
  if (lhs_.panel || lhs_.k_stride != 1) return;
  Value memory = emitter_.flat(lhs_.access.memory);
  Value next = addIndex(b, loc_, addIndex(b, loc_, base, k), rows * lhs_.stride);
  for (int64_t r = 0; r < rows; ++r)
    memref::PrefetchOp::create(b, loc_, memory, addIndex(b, loc_, next, r * lhs_.stride),
                               /*isWrite=*/false, kKeepInL1, /*isDataCache=*/true);
}

// One register tile: rows x vectors accumulators, each a loop-carried vector.
void ContractionScheduler::emitTile(Value i, int64_t rows, Value j, int64_t vectors, int64_t tail,
                                    Value k_begin, int64_t k_count, bool first, bool last) {
  OpBuilder& b = b_;
  auto type = VectorType::get({lanes_}, wide_);
  Value zero = arith::ConstantOp::create(b, loc_, b.getZeroAttr(type));
  // Bases of the operands at k = 0.
  Value a_base = lhs_.panel ? addIndex(b, loc_, batch_a_, mulIndex(b, loc_, i, k_))
                            : addIndex(b, loc_, batch_a_, mulIndex(b, loc_, i, lhs_.stride));
  Value b_base = rhs_.panel ? addIndex(b, loc_, batch_b_, mulIndex(b, loc_, j, k_))
                            : addIndex(b, loc_, batch_b_, mulIndex(b, loc_, j, rhs_.stride));
  Value b_memory = emitter_.flat(rhs_.access.memory);
  Type b_element = cast<MemRefType>(b_memory.getType()).getElementType();
  auto b_type = VectorType::get({lanes_}, b_element);
  auto loadB = [&](OpBuilder& at, Value k, int64_t k_offset, int64_t v) -> Value {
    Value offset = addIndex(at, loc_, b_base, mulIndex(at, loc_, k, rhs_.k_stride));
    int64_t step = rhs_.panel ? 1 : rhs_.stride;
    offset = addIndex(at, loc_, offset, k_offset * rhs_.k_stride + v * lanes_ * step);
    Value value;
    if (step == 1 && (rhs_.panel || !tail || v + 1 < vectors)) {
      value = vector::LoadOp::create(at, loc_, b_type, b_memory, offset);
    } else {
      int64_t lanes = tail && v + 1 == vectors ? tail : lanes_;
      Value fill = arith::ConstantOp::create(at, loc_, at.getZeroAttr(b_type));
      if (step == 1) {
        value = vector::MaskedLoadOp::create(at, loc_, b_type, b_memory, offset, maskOf(at, lanes),
                                             fill);
      } else {
        SmallVector<int64_t> numbers;
        for (int64_t l = 0; l < lanes_; ++l) numbers.push_back(l < lanes ? l * step : 0);
        auto index = VectorType::get({lanes_}, at.getIndexType());
        Value at_lanes =
            arith::ConstantOp::create(at, loc_, DenseElementsAttr::get(index, ArrayRef(numbers)));
        value = vector::GatherOp::create(at, loc_, b_type, b_memory, offset, at_lanes,
                                         maskOf(at, lanes), fill);
      }
    }
    return widenFloat(at, value);
  };
  auto step = [&](OpBuilder& at, Value k, int64_t k_offset, MutableArrayRef<Value> sums) {
    SmallVector<Value> columns;
    for (int64_t v = 0; v < vectors; ++v) columns.push_back(loadB(at, k, k_offset, v));
    for (int64_t r = 0; r < rows; ++r) {
      Value element = loadA(at, {a_base}, a_base, r, k, k_offset);
      Value wide = vector::BroadcastOp::create(at, loc_, type, element);
      for (int64_t v = 0; v < vectors; ++v)
        sums[r * vectors + v] = multiplyAdd(at, wide, columns[v], sums[r * vectors + v]);
    }
  };
  SmallVector<Value> sums;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t v = 0; v < vectors; ++v) {
      if (first) {
        sums.push_back(zero);
        continue;
      }
      Scope scope(b);
      scope.point = point_;
      if (m_group_ >= 0) scope.point.index[m_group_] = addIndex(b, loc_, i, r);
      if (n_group_ >= 0) scope.point.index[n_group_] = addIndex(b, loc_, j, v * lanes_);
      if (tail && v + 1 == vectors) scope.point.mask = maskOf(b, tail);
      Value sum = emitter_.load(sinks_[0].access, wide_, scope);
      if (!isa<VectorType>(sum.getType())) sum = vector::BroadcastOp::create(b, loc_, type, sum);
      sums.push_back(sum);
    }
  }
  constexpr int64_t kUnroll = 4;
  int64_t main = k_count / kUnroll * kUnroll;
  if (main > 0) {
    Value end = addIndex(b, loc_, k_begin, main);
    auto loop = scf::ForOp::create(b, loc_, k_begin, end, constantIndex(b, loc_, kUnroll), sums);
    OpBuilder body = OpBuilder::atBlockEnd(loop.getBody());
    SmallVector<Value> inside(loop.getRegionIterArgs());
    if (tile_.prefetch_rows && rows == tile_.rows)
      prefetchRows(body, a_base, rows, loop.getInductionVar());
    for (int64_t u = 0; u < kUnroll; ++u) step(body, loop.getInductionVar(), u, inside);
    scf::YieldOp::create(body, loc_, inside);
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  }
  for (int64_t u = main; u < k_count; ++u) step(b, k_begin, u, sums);
  finishTile(sums, i, rows, j, vectors, tail, last);
}

void ContractionScheduler::emitResults(OpBuilder& b, Value sum, Value row, Value column,
                                       Value mask) {
  Scope scope(b);
  scope.point = point_;
  scope.point.mask = mask;
  if (m_group_ >= 0) scope.point.index[m_group_] = row;
  if (n_group_ >= 0) scope.point.index[n_group_] = column;
  if (n_group_ < 0) {
    // One column: lane 0 alone counts.
    sum = vector::ExtractOp::create(b, loc_, sum, ArrayRef<int64_t>{0});
    scope.point.mask = nullptr;
    scope.builder = b;
  }
  scope.values[op_.getResult(0)] = sum;
  SmallVector<Value> values;
  for (const Sink& sink : sinks_) values.push_back(emitter_.emit(sink.value, scope));
  for (auto [value, sink] : llvm::zip(values, sinks_)) emitter_.store(value, sink.access, scope);
}

// Stores the sums, or what the epilogue makes of them. A long epilogue would spill the
// accumulators: it works on the tile from memory, a vector at a time.
void ContractionScheduler::finishTile(ArrayRef<Value> sums, Value i, int64_t rows, Value j,
                                      int64_t vectors, int64_t tail, bool last) {
  constexpr int64_t kInRegisters = 4;
  auto maskFor = [&](OpBuilder& b, int64_t v) {
    return tail && v + 1 == vectors ? maskOf(b, tail) : Value();
  };
  if (!last || epilogue_ops_ <= kInRegisters) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        emitResults(b_, sums[r * vectors + v], addIndex(b_, loc_, i, r),
                    addIndex(b_, loc_, j, v * lanes_), maskFor(b_, v));
    return;
  }
  if (!tile_memory_) {
    int64_t size = tile_.rows * std::max(tile_.columns, lanes_);
    tile_memory_ = memref::AllocaOp::create(entry_, loc_, MemRefType::get({size}, wide_),
                                            entry_.getI64IntegerAttr(64));
  }
  int64_t width = vectors * lanes_;
  for (int64_t s = 0; s < rows * vectors; ++s)
    vector::StoreOp::create(b_, loc_, sums[s], tile_memory_, constantIndex(b_, loc_, s * lanes_));
  auto loop = scf::ForOp::create(b_, loc_, constantIndex(b_, loc_, 0),
                                 constantIndex(b_, loc_, rows), constantIndex(b_, loc_, 1));
  OpBuilder body(loop.getBody()->getTerminator());
  auto type = VectorType::get({lanes_}, wide_);
  for (int64_t v = 0; v < vectors; ++v) {
    Value offset = mulIndex(body, loc_, loop.getInductionVar(), width);
    offset = addIndex(body, loc_, offset, v * lanes_);
    Value sum = vector::LoadOp::create(body, loc_, type, tile_memory_, offset);
    emitResults(body, sum, addIndex(body, loc_, i, loop.getInductionVar()),
                addIndex(body, loc_, j, v * lanes_), maskFor(body, v));
  }
}

FailureOr<int64_t> ContractionScheduler::run() {
  if (failed(readOperands())) return failure();
  chooseLoops();
  chooseTiles();
  const auto& groups = emitter_.groups();
  int64_t batches = 1;
  for (int g : batch_groups_) batches *= groups[g].extent;
  chooseBlocks(context_.target, batches, m_, n_, k_, wide_.getIntOrFloatBitWidth() / 8, tile_);
  if (m_ == 0 || n_ == 0 || batches == 0) return 1;
  emitPieces();
  if (emitter_.failed()) return failure();
  return batches * tile_.m_blocks * tile_.n_blocks;
}

}  // namespace

FailureOr<int64_t> scheduleContraction(ScheduleContext& context, linalg::GenericOp contraction) {
  return ContractionScheduler(context, contraction).run();
}

}  // namespace etch::codegen
