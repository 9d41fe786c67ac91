#include "etch/codegen/schedule/tile_emitter.h"

#include <algorithm>

#include "etch/codegen/schedule/kernel.h"
#include "etch/codegen/schedule/tiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;

TileEmitter::TileEmitter(Location loc, const Target& target, Type wide)
    : loc_(loc),
      target_(target),
      wide_(wide),
      lanes_(target.lanes(wide.getIntOrFloatBitWidth() / 8)),
      vector_(VectorType::get({lanes_}, wide)) {}

int64_t TileEmitter::widest() const { return target_.vector_registers >= 32 ? 4 : 2; }

int64_t TileEmitter::tileRows(int64_t rows, int64_t columns) const {
  int64_t vectors = std::max<int64_t>(1, (columns + lanes_ - 1) / lanes_);
  return rowsFor(target_, std::min(widest(), vectors), rows);
}

Value TileEmitter::splat(OpBuilder& b, double value) {
  return arith::ConstantOp::create(
      b, loc_, DenseElementsAttr::get(vector_, Attribute(b.getFloatAttr(wide_, value))));
}

Value TileEmitter::broadcast(OpBuilder& b, Value element) {
  return vector::BroadcastOp::create(b, loc_, vector_, element);
}

Value TileEmitter::multiplyAdd(OpBuilder& b, Value x, Value y, Value sum) {
  if (target_.has_fma) return vector::FMAOp::create(b, loc_, x, y, sum);
  return arith::AddFOp::create(b, loc_, sum, arith::MulFOp::create(b, loc_, x, y));
}

Value TileEmitter::offsetOf(OpBuilder& b, const Matrix& matrix, Value row, Value column) {
  Value offset = addIndex(b, loc_, matrix.base, mulIndex(b, loc_, row, matrix.row_stride));
  return addIndex(b, loc_, offset, mulIndex(b, loc_, column, matrix.column_stride));
}

Value TileEmitter::widen(OpBuilder& b, Value value) {
  if (getElementTypeOrSelf(value) == wide_) return value;
  Type type = isa<VectorType>(value.getType()) ? Type(vector_) : wide_;
  return arith::ExtFOp::create(b, loc_, type, value);
}

Value TileEmitter::maskOf(OpBuilder& b, int64_t valid) {
  auto type = VectorType::get({lanes_}, b.getI1Type());
  return vector::ConstantMaskOp::create(b, loc_, type, b.getDenseI64ArrayAttr({valid}));
}

// Lanes that do not count read the first element.
Value TileEmitter::laneNumbers(OpBuilder& b, int64_t stride, int64_t valid) {
  SmallVector<int64_t> numbers;
  for (int64_t l = 0; l < lanes_; ++l) numbers.push_back(l < valid ? l * stride : 0);
  auto type = VectorType::get({lanes_}, b.getIndexType());
  return arith::ConstantOp::create(b, loc_, DenseElementsAttr::get(type, ArrayRef(numbers)));
}

Value TileEmitter::load(OpBuilder& b, Value memory, Value offset, int64_t stride, int64_t valid) {
  auto type = VectorType::get({lanes_}, cast<MemRefType>(memory.getType()).getElementType());
  if (stride == 1 && valid == lanes_)
    return widen(b, vector::LoadOp::create(b, loc_, type, memory, offset));
  Value zero = arith::ConstantOp::create(b, loc_, b.getZeroAttr(type)), mask = maskOf(b, valid);
  if (stride == 1)
    return widen(b, vector::MaskedLoadOp::create(b, loc_, type, memory, offset, mask, zero));
  return widen(b, vector::GatherOp::create(b, loc_, type, memory, offset,
                                           laneNumbers(b, stride, valid), mask, zero));
}

void TileEmitter::store(OpBuilder& b, Value value, Value memory, Value offset, int64_t stride,
                        int64_t valid) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  if (element != wide_)
    value = arith::TruncFOp::create(b, loc_, VectorType::get({lanes_}, element), value);
  if (stride == 1 && valid == lanes_) {
    vector::StoreOp::create(b, loc_, value, memory, offset);
  } else if (stride == 1) {
    vector::MaskedStoreOp::create(b, loc_, memory, offset, maskOf(b, valid), value);
  } else {
    vector::ScatterOp::create(b, loc_, /*resultType=*/Type(), memory, ValueRange{offset},
                              laneNumbers(b, stride, valid), maskOf(b, valid), value);
  }
}

Value TileEmitter::firstLanes(OpBuilder& b, Value value, Value rest, int64_t valid) {
  return arith::SelectOp::create(b, loc_, maskOf(b, valid), value, rest);
}

Value TileEmitter::loadElement(OpBuilder& b, Value memory, Value offset) {
  return widen(b, memref::LoadOp::create(b, loc_, memory, offset));
}

void TileEmitter::forEach(OpBuilder& b, Value begin, Value end, int64_t step,
                          llvm::function_ref<void(OpBuilder&, Value)> body) {
  std::optional<int64_t> low = getConstantIntValue(begin), high = getConstantIntValue(end);
  if (low && high && *low >= *high) return;
  if (low && high && *low + step >= *high) return body(b, begin);
  auto loop = scf::ForOp::create(b, loc_, begin, end, constantIndex(b, loc_, step));
  OpBuilder inside(loop.getBody()->getTerminator());
  body(inside, loop.getInductionVar());
}

void TileEmitter::ifAbove(OpBuilder& b, Value x, int64_t y,
                          llvm::function_ref<void(OpBuilder&)> body) {
  if (std::optional<int64_t> constant = getConstantIntValue(x)) {
    if (*constant > y) body(b);
    return;
  }
  Value above =
      arith::CmpIOp::create(b, loc_, arith::CmpIPredicate::sgt, x, constantIndex(b, loc_, y));
  auto branch = scf::IfOp::create(b, loc_, TypeRange(), above, /*withElseRegion=*/false);
  OpBuilder inside(branch.thenBlock()->getTerminator());
  body(inside);
}

void TileEmitter::product(OpBuilder& b, const Matrix& a, const Matrix& c, const RowRange& rows,
                          int64_t columns, Value depth, Start start, Finish finish) {
  if (columns == 0) return;
  int64_t vectors = std::min(widest(), (columns + lanes_ - 1) / lanes_);
  int64_t panel = vectors * lanes_, full_columns = columns / panel * panel;
  int64_t step = rows.step, full = rows.extent / step * step;
  auto across = [&](OpBuilder& at, Value row, int64_t count) {
    forEach(at, constantIndex(at, loc_, 0), constantIndex(at, loc_, full_columns), panel,
            [&](OpBuilder& inside, Value column) {
              emitTile(inside, a, c, {row, column, count, vectors, 0}, depth, start, finish);
            });
    int64_t left = columns - full_columns;
    if (left == 0) return;
    Tile tile{row, constantIndex(at, loc_, full_columns), count, (left + lanes_ - 1) / lanes_,
              left % lanes_};
    emitTile(at, a, c, tile, depth, start, finish);
  };
  Value end = rows.end, limit = constantIndex(b, loc_, full);
  if (std::optional<int64_t> constant = getConstantIntValue(end)) {
    end = constantIndex(b, loc_, std::min(*constant, full));
  } else {
    end = arith::MinSIOp::create(b, loc_, end, limit);
  }
  forEach(b, rows.begin, end, step, [&](OpBuilder& at, Value row) { across(at, row, step); });
  if (full < rows.extent)
    ifAbove(b, rows.end, full,
            [&](OpBuilder& at) { across(at, constantIndex(at, loc_, full), rows.extent - full); });
}

// rows x vectors accumulators, each a loop-carried vector.
void TileEmitter::emitTile(OpBuilder& b, const Matrix& a, const Matrix& c, const Tile& tile,
                           Value depth, Start start, Finish finish) {
  Value zero = constantIndex(b, loc_, 0);
  Value a_base = offsetOf(b, a, tile.row, zero), b_base = offsetOf(b, c, zero, tile.column);
  auto step = [&](OpBuilder& at, Value k, int64_t u, MutableArrayRef<Value> sums) {
    SmallVector<Value> columns;
    for (int64_t v = 0; v < tile.vectors; ++v) {
      Value offset = addIndex(at, loc_, b_base, mulIndex(at, loc_, k, c.row_stride));
      offset = addIndex(at, loc_, offset, u * c.row_stride + v * lanes_ * c.column_stride);
      columns.push_back(load(at, c.memory, offset, c.column_stride, tile.lanesOf(v, lanes_)));
    }
    for (int64_t r = 0; r < tile.rows; ++r) {
      Value offset = addIndex(at, loc_, a_base, mulIndex(at, loc_, k, a.column_stride));
      offset = addIndex(at, loc_, offset, r * a.row_stride + u * a.column_stride);
      Value wide = broadcast(at, loadElement(at, a.memory, offset));
      for (int64_t v = 0; v < tile.vectors; ++v) {
        Value& sum = sums[r * tile.vectors + v];
        sum = multiplyAdd(at, wide, columns[v], sum);
      }
    }
  };
  SmallVector<Value> sums;
  for (int64_t r = 0; r < tile.rows; ++r)
    for (int64_t v = 0; v < tile.vectors; ++v) sums.push_back(start(b, tile, r, v));
  auto loop = [&](Value begin, Value end, int64_t unroll) {
    auto op = scf::ForOp::create(b, loc_, begin, end, constantIndex(b, loc_, unroll), sums);
    OpBuilder body = OpBuilder::atBlockEnd(op.getBody());
    SmallVector<Value> inside(op.getRegionIterArgs());
    for (int64_t u = 0; u < unroll; ++u) step(body, op.getInductionVar(), u, inside);
    scf::YieldOp::create(body, loc_, inside);
    sums.assign(op.getResults().begin(), op.getResults().end());
  };
  constexpr int64_t kUnroll = 4;
  if (std::optional<int64_t> count = getConstantIntValue(depth)) {
    int64_t main = *count / kUnroll * kUnroll;
    if (main > 0) loop(zero, constantIndex(b, loc_, main), kUnroll);
    for (int64_t u = main; u < *count; ++u) step(b, zero, u, sums);
  } else {
    Value rest = arith::RemUIOp::create(b, loc_, depth, constantIndex(b, loc_, kUnroll));
    Value main = arith::SubIOp::create(b, loc_, depth, rest);
    loop(zero, main, kUnroll);
    loop(main, depth, 1);
  }
  finish(b, tile, sums);
}

// Square blocks of `columns` columns from `column` on, transposed in registers.
void TileEmitter::transposeBlock(OpBuilder& b, const Matrix& source, int64_t valid, int64_t vectors,
                                 Value column, int64_t columns, double scale, Value target) {
  Value factor = splat(b, scale), zero = splat(b, 0);
  auto block_type = VectorType::get({lanes_, lanes_}, wide_);
  Value to = mulIndex(b, loc_, column, vectors * lanes_);
  for (int64_t v = 0; v < vectors; ++v) {
    Value block = arith::ConstantOp::create(b, loc_, b.getZeroAttr(block_type));
    for (int64_t l = 0; l < lanes_; ++l) {
      Value row = zero;
      if (v * lanes_ + l < valid) {
        Value from = offsetOf(b, source, constantIndex(b, loc_, v * lanes_ + l), column);
        row = arith::MulFOp::create(b, loc_, load(b, source.memory, from, 1, columns), factor);
      }
      block = vector::InsertOp::create(b, loc_, row, block, ArrayRef<int64_t>{l});
    }
    Value transposed = vector::TransposeOp::create(b, loc_, block, ArrayRef<int64_t>{1, 0});
    for (int64_t c = 0; c < columns; ++c) {
      Value line = vector::ExtractOp::create(b, loc_, transposed, ArrayRef<int64_t>{c});
      Value at = addIndex(b, loc_, to, (c * vectors + v) * lanes_);
      vector::StoreOp::create(b, loc_, line, target, at);
    }
  }
}

void TileEmitter::transposeInto(OpBuilder& b, const Matrix& source, int64_t valid, int64_t vectors,
                                int64_t columns, double scale, Value target) {
  Value zero = constantIndex(b, loc_, 0);
  if (source.column_stride == 1) {
    int64_t main = columns / lanes_ * lanes_;
    forEach(b, zero, constantIndex(b, loc_, main), lanes_, [&](OpBuilder& at, Value column) {
      transposeBlock(at, source, valid, vectors, column, lanes_, scale, target);
    });
    if (main < columns)
      transposeBlock(b, source, valid, vectors, constantIndex(b, loc_, main), columns - main, scale,
                     target);
    return;
  }
  Value factor = splat(b, scale);
  forEach(b, zero, constantIndex(b, loc_, columns), 1, [&](OpBuilder& at, Value column) {
    for (int64_t v = 0; v < vectors; ++v) {
      Value from = offsetOf(at, source, constantIndex(at, loc_, v * lanes_), column);
      int64_t left = std::clamp<int64_t>(valid - v * lanes_, 0, lanes_);
      Value line = load(at, source.memory, from, source.row_stride, left);
      line = arith::MulFOp::create(at, loc_, line, factor);
      Value to = addIndex(at, loc_, mulIndex(at, loc_, column, vectors * lanes_), v * lanes_);
      vector::StoreOp::create(at, loc_, line, target, to);
    }
  });
}

}  // namespace etch::codegen
