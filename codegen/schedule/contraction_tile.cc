// The register tile of a matrix product: accumulators, the loops over the depth, the epilogue.
#include "etch/codegen/schedule/contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

namespace etch::codegen {

using namespace mlir;

// The place of row `i` in each row group.
SmallVector<Value> ContractionScheduler::rowIndex(OpBuilder& b, Value i) {
  return m_groups_.empty() ? SmallVector<Value>() : rows_.split(b, loc_, i);
}

TileRows ContractionScheduler::rowsFrom(Value i, int64_t rows) {
  TileRows result;
  result.first = i;
  // Whether no tile begins in one run of rows and ends in the next.
  bool one_run = rows_.extents.size() <= 1 || rows_.run() % tile_.rows == 0;
  auto baseOf = [&](ArrayRef<Value> index) {
    Value base = batch_a_;
    for (auto [digit, stride] : llvm::zip(index, rows_.strides))
      base = addIndex(b_, loc_, base, mulIndex(b_, loc_, digit, stride));
    return base;
  };
  for (int64_t r = 0; r < rows; ++r) {
    if (one_run && r > 0) {
      result.index.push_back(result.index[0]);
      if (!m_groups_.empty())
        result.index.back().back() = addIndex(b_, loc_, result.index[0].back(), r);
      continue;
    }
    result.index.push_back(rowIndex(b_, addIndex(b_, loc_, i, r)));
    if (!lhs_.panel) result.bases.push_back(baseOf(result.index.back()));
  }
  if (lhs_.panel) {
    result.bases.push_back(addIndex(b_, loc_, batch_a_, mulIndex(b_, loc_, i, k_)));
    result.step = 1;
  } else if (one_run && !m_groups_.empty()) {
    result.step = rows_.strides.back();
  }
  return result;
}

// Where the left factor has row `row` of a tile at depth k + k_offset.
std::pair<Value, Value> ContractionScheduler::placeOfA(OpBuilder& b, const TileRows& rows,
                                                       int64_t row, Value k, int64_t k_offset) {
  int64_t stride = depth_.back().lhs_stride;
  Value depth = addIndex(b, loc_, mulIndex(b, loc_, k, stride), k_offset * stride);
  if (rows.bases.size() > 1) return {rows.memory[row], depth};
  Value offset = addIndex(b, loc_, addIndex(b, loc_, rows.bases[0], depth), row * rows.step);
  return {emitter_.flat(lhs_.access.memory), offset};
}

// The left factor's memory from each row's base on. (As sums of base and index, LLVM would gather
// the loads of a row and spill what they load.)
void ContractionScheduler::pointAtRows(OpBuilder& b, TileRows& rows) {
  rows.memory.clear();
  if (rows.bases.size() == 1) return;
  Value memory = emitter_.flat(lhs_.access.memory);
  auto flat = cast<MemRefType>(memory.getType());
  auto layout = StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, {1});
  auto type = MemRefType::get({flat.getDimSize(0)}, flat.getElementType(), layout);
  for (Value base : rows.bases)
    rows.memory.push_back(memref::ReinterpretCastOp::create(
        b, loc_, type, memory, OpFoldResult(base),
        ArrayRef<OpFoldResult>{b.getIndexAttr(flat.getDimSize(0))},
        ArrayRef<OpFoldResult>{b.getIndexAttr(1)}));
}

// `lanes` neighbouring columns from `first_lane` on, at depth k + k_offset.
Value ContractionScheduler::loadB(OpBuilder& b, Value base, Value k, int64_t k_offset,
                                  int64_t first_lane, int64_t lanes) {
  Value memory = emitter_.flat(rhs_.access.memory);
  int64_t step = rhs_.panel ? 1 : rhs_.strides[rank_ - 1], stride = depth_.back().rhs_stride;
  Value offset = addIndex(b, loc_, base, mulIndex(b, loc_, k, stride));
  offset = addIndex(b, loc_, offset, k_offset * stride + first_lane * step);
  // Panels are padded to whole vectors.
  return tiles_->load(b, memory, offset, step, rhs_.panel ? lanes_ : lanes);
}

// Adds the products at depths k + k_offset and the next, by instructions on pairs of bf16.
void ContractionScheduler::addPairs(OpBuilder& b, const TileRows& rows, int64_t count, Value b_base,
                                    int64_t vectors, Value k, int64_t k_offset,
                                    MutableArrayRef<Value> sums) {
  Type bf16 = b.getBF16Type(), pair = b.getI32Type();
  auto pairs = VectorType::get({2 * lanes_}, bf16);
  Value memory = emitter_.flat(rhs_.access.memory);
  SmallVector<Value> columns;
  for (int64_t v = 0; v < vectors; ++v) {
    Value place = addIndex(b, loc_, b_base, mulIndex(b, loc_, k, rhs_.panel));
    place = addIndex(b, loc_, place, k_offset * rhs_.panel + 2 * v * lanes_);
    columns.push_back(vector::LoadOp::create(b, loc_, pairs, memory, place));
  }
  for (int64_t r = 0; r < count; ++r) {
    auto [left, place] = placeOfA(b, rows, r, k, k_offset);
    Value two = vector::LoadOp::create(b, loc_, VectorType::get({2}, bf16), left, place);
    two = vector::BitCastOp::create(b, loc_, VectorType::get({1}, pair), two);
    two = vector::ExtractOp::create(b, loc_, two, ArrayRef<int64_t>{0});
    two = vector::BroadcastOp::create(b, loc_, VectorType::get({lanes_}, pair), two);
    two = vector::BitCastOp::create(b, loc_, pairs, two);
    for (int64_t v = 0; v < vectors; ++v) {
      Value& sum = sums[r * vectors + v];
      sum = x86vector::DotBF16Op::create(b, loc_, sum.getType(), sum, two, columns[v]);
    }
  }
}

// Asks for what the rows of the next tile have at `k`. Past the end nothing is there, and nothing
// happens.
void ContractionScheduler::prefetchRows(OpBuilder& b, const TileRows& rows, Value k) {
  constexpr unsigned kKeepInL1 = 3;
  bool plain = !lhs_.panel && depth_.size() == 1 && depth_[0].lhs_stride == 1;
  if (!plain || rows.bases.size() > 1) return;
  Value memory = emitter_.flat(lhs_.access.memory);
  Value next = addIndex(b, loc_, addIndex(b, loc_, rows.bases[0], k), tile_.rows * rows.step);
  for (int64_t r = 0; r < tile_.rows; ++r)
    memref::PrefetchOp::create(b, loc_, memory, addIndex(b, loc_, next, r * rows.step),
                               /*isWrite=*/false, kKeepInL1, /*isDataCache=*/true);
}

// The loops over the depth from `level` on; the innermost is unrolled. `rows.bases` and `b_base`
// are those at the outer loops' point.
SmallVector<Value> ContractionScheduler::emitDepth(OpBuilder& b, size_t level, const TileRows& rows,
                                                   int64_t count, Value b_base, int64_t vectors,
                                                   int64_t tail, Value k_begin, int64_t k_count,
                                                   SmallVector<Value> sums) {
  auto loopOver = [&](Value begin, Value end, int64_t by,
                      llvm::function_ref<void(OpBuilder&, Value, SmallVector<Value>&)> step) {
    auto loop = scf::ForOp::create(b, loc_, begin, end, constantIndex(b, loc_, by), sums);
    OpBuilder body = OpBuilder::atBlockEnd(loop.getBody());
    SmallVector<Value> inside(loop.getRegionIterArgs());
    step(body, loop.getInductionVar(), inside);
    scf::YieldOp::create(body, loc_, inside);
    sums.assign(loop.getResults().begin(), loop.getResults().end());
  };
  if (level + 1 < depth_.size()) {
    const DepthLoop& outer = depth_[level];
    loopOver(constantIndex(b, loc_, 0), constantIndex(b, loc_, outer.extent), 1,
             [&](OpBuilder& in, Value k, SmallVector<Value>& inside) {
               TileRows moved = rows;
               for (Value& base : moved.bases)
                 base = addIndex(in, loc_, base, mulIndex(in, loc_, k, outer.lhs_stride));
               Value columns = addIndex(in, loc_, b_base, mulIndex(in, loc_, k, outer.rhs_stride));
               inside = emitDepth(in, level + 1, moved, count, columns, vectors, tail, k_begin,
                                  k_count, inside);
             });
    return sums;
  }
  TileRows innermost = rows;
  pointAtRows(b, innermost);
  int64_t each = rhs_.pairs ? 2 : 1;  // depths of a step
  auto step = [&](OpBuilder& at, Value k, int64_t k_offset, MutableArrayRef<Value> to) {
    if (rhs_.pairs) return addPairs(at, innermost, count, b_base, vectors, k, k_offset, to);
    SmallVector<Value> columns;
    for (int64_t v = 0; v < vectors; ++v) {
      int64_t lanes = tail && v + 1 == vectors ? tail : lanes_;
      columns.push_back(loadB(at, b_base, k, k_offset, v * lanes_, lanes));
    }
    for (int64_t r = 0; r < count; ++r) {
      auto [memory, place] = placeOfA(at, innermost, r, k, k_offset);
      Value wide = tiles_->broadcast(at, tiles_->loadElement(at, memory, place));
      for (int64_t v = 0; v < vectors; ++v)
        to[r * vectors + v] = tiles_->multiplyAdd(at, wide, columns[v], to[r * vectors + v]);
    }
  };
  int64_t unroll = unrolled(k_count);
  int64_t main = unroll < k_count ? k_count / unroll * unroll : 0;
  if (main > 0)
    loopOver(k_begin, addIndex(b, loc_, k_begin, main), unroll,
             [&](OpBuilder& in, Value k, SmallVector<Value>& inside) {
               if (tile_.prefetch_rows && count == tile_.rows) prefetchRows(in, rows, k);
               for (int64_t u = 0; u < unroll; u += each) step(in, k, u, inside);
             });
  for (int64_t u = main; u < k_count; u += each) step(b, k_begin, u, sums);
  return sums;
}

// One register tile: rows x vectors accumulators, each a loop-carried vector.
void ContractionScheduler::emitTile(Value i, int64_t rows, Value j, int64_t vectors, int64_t tail,
                                    Value k_begin, int64_t k_count, bool first, bool last) {
  OpBuilder& b = b_;
  auto type = VectorType::get({lanes_}, wide_);
  Value zero = arith::ConstantOp::create(b, loc_, b.getZeroAttr(type));
  // Bases of the factors at depth 0.
  TileRows places = rowsFrom(i, rows);
  int64_t column_step = rhs_.panel ? k_ : rhs_.strides[rank_ - 1];
  Value b_base = addIndex(b, loc_, batch_b_, mulIndex(b, loc_, j, column_step));
  SmallVector<Value> sums;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t v = 0; v < vectors; ++v) {
      if (first) {
        sums.push_back(zero);
        continue;
      }
      Scope scope(b);
      scope.point = point_;
      for (auto [group, index] : llvm::zip(m_groups_, places.index[r]))
        scope.point.index[group] = index;
      if (n_group_ >= 0) scope.point.index[n_group_] = addIndex(b, loc_, j, v * lanes_);
      if (tail && v + 1 == vectors) scope.point.mask = tiles_->maskOf(b, tail);
      Value sum = emitter_.load(sinks_[0].access, wide_, scope);
      if (!isa<VectorType>(sum.getType())) sum = vector::BroadcastOp::create(b, loc_, type, sum);
      sums.push_back(sum);
    }
  }
  // Blocks of the depth are of its one loop; of several, all is one block.
  if (depth_.size() > 1) k_count = depth_.back().extent;
  sums = emitDepth(b, 0, places, rows, b_base, vectors, tail, k_begin, k_count, sums);
  finishTile(sums, places, rows, j, vectors, tail, last);
}

void ContractionScheduler::emitResults(OpBuilder& b, Value sum, ArrayRef<Value> row, Value column,
                                       Value mask) {
  Scope scope(b);
  scope.point = point_;
  scope.point.mask = mask;
  for (auto [group, index] : llvm::zip(m_groups_, row)) scope.point.index[group] = index;
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
void ContractionScheduler::finishTile(ArrayRef<Value> sums, const TileRows& places, int64_t rows,
                                      Value j, int64_t vectors, int64_t tail, bool last) {
  constexpr int64_t kInRegisters = 8;
  auto maskFor = [&](OpBuilder& b, int64_t v) {
    return tail && v + 1 == vectors ? tiles_->maskOf(b, tail) : Value();
  };
  if (!last || epilogue_ops_ <= kInRegisters) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        emitResults(b_, sums[r * vectors + v], places.index[r], addIndex(b_, loc_, j, v * lanes_),
                    maskFor(b_, v));
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
  SmallVector<Value> row =
      rowIndex(body, addIndex(body, loc_, places.first, loop.getInductionVar()));
  for (int64_t v = 0; v < vectors; ++v) {
    Value offset = mulIndex(body, loc_, loop.getInductionVar(), width);
    offset = addIndex(body, loc_, offset, v * lanes_);
    Value sum = vector::LoadOp::create(body, loc_, type, tile_memory_, offset);
    emitResults(body, sum, row, addIndex(body, loc_, j, v * lanes_), maskFor(body, v));
  }
}

}  // namespace etch::codegen
