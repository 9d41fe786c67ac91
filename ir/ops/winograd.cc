#include "etch/ir/ops/winograd.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;

namespace {

constexpr int64_t kWindow = 3, kTile = 2, kInput = kTile + kWindow - 1;

// One-dimensional transforms of values, each a few additions.
using Values = SmallVector<Value>;

// Bᵀ d
Values transformInput(Emitter& e, ArrayRef<Value> d) {
  return {e.sub(d[0], d[2]), e.add(d[1], d[2]), e.sub(d[2], d[1]), e.sub(d[1], d[3])};
}

// G g
Values transformFilter(Emitter& e, ArrayRef<Value> g) {
  Value ends = e.scale(e.add(g[0], g[2]), 0.5), middle = e.scale(g[1], 0.5);
  return {g[0], e.add(ends, middle), e.sub(ends, middle), g[2]};
}

// Aᵀ m
Values transformOutput(Emitter& e, ArrayRef<Value> m) {
  return {e.add(e.add(m[0], m[1]), m[2]), e.sub(e.sub(m[1], m[2]), m[3])};
}

// The transform along both dimensions of the square `x[i][j]`, row by row.
template <typename Transform>
SmallVector<Values> alongBoth(Emitter& e, ArrayRef<Values> x, Transform transform) {
  SmallVector<Values> columns;  // of the square with its first dimension transformed
  for (size_t j = 0; j < x[0].size(); ++j) {
    Values column;
    for (const Values& row : x) column.push_back(row[j]);
    columns.push_back(transform(e, column));
  }
  SmallVector<Values> result;
  for (size_t i = 0; i < columns[0].size(); ++i) {
    Values row;
    for (const Values& column : columns) row.push_back(column[i]);
    result.push_back(transform(e, row));
  }
  return result;
}

int64_t tilesAlong(int64_t positions) { return (positions + kTile - 1) / kTile; }

}  // namespace

bool winogradPays(ConvOp op) {
  ArrayRef<int64_t> w = shapeOf(op.getWeight()), y = shapeOf(op.getResult());
  auto is = [](ArrayRef<int64_t> numbers, int64_t n) {
    return llvm::all_of(numbers, [n](int64_t number) { return number == n; });
  };
  if (w.size() != 4 || !is(w.drop_front(2), kWindow) || !is(op.getStride(), 1) ||
      !is(op.getDilation(), 1) || !is(op.getInputDilation(), 1) || op.getGroups() != 1 ||
      !tensorType(op.getResult()).getElementType().isF32())
    return false;
  // Each tile moves its transforms once for each channel and feature, and saves 20 multiplications
  // for each pair of them; the filters' transforms, larger than the filters, want enough tiles.
  constexpr int64_t kFewTiles = 32, kFewChannels = 64;
  int64_t rows = tilesAlong(y[2]), columns = tilesAlong(y[3]);
  bool full = 5 * kTile * kTile * rows * columns <= 6 * y[2] * y[3];
  return full && y[0] * rows * columns >= kFewTiles && std::min(w[0], w[1]) >= kFewChannels;
}

Value winogradProduct(Emitter e, ConvOp op, Value padded) {
  ArrayRef<int64_t> w = shapeOf(op.getWeight()), y = shapeOf(op.getResult());
  int64_t n = y[0], features = y[1], channels = w[1];
  int64_t rows = tilesAlong(y[2]), columns = tilesAlong(y[3]);
  // Windows of whole tiles.
  int64_t height = kTile * rows + 2, width = kTile * columns + 2;
  ArrayRef<int64_t> extents = shapeOf(padded);
  if (height > extents[2] || width > extents[3])
    padded =
        e.pad(padded, {0, 0, 0, 0}, {0, 0, height - extents[2], width - extents[3]}, {0, 0, 0, 0});
  Value x = e.reshape(e.transpose(padded, {0, 2, 3, 1}), {1, n, height, width, channels});
  SmallVector<Values> d(kInput), g(kWindow);
  for (int64_t i = 0; i < kInput; ++i)
    for (int64_t j = 0; j < kInput; ++j)
      d[i].push_back(e.make<SliceOp>(x, ArrayRef<int64_t>{0, 0, i, j, 0},
                                     ArrayRef<int64_t>{1, n, rows, columns, channels},
                                     ArrayRef<int64_t>{1, 1, kTile, kTile, 1}));
  // Features side by side, in one pass: they are read nine times over.
  Value filters = e.make<PackOp>(e.transpose(op.getWeight(), {0, 2, 3, 1}), features,
                                 /*transpose=*/true, /*row_dims=*/3, /*column_dims=*/1);
  filters = e.reshape(filters, {kWindow, kWindow, channels, features});
  for (int64_t i = 0; i < kWindow; ++i)
    for (int64_t j = 0; j < kWindow; ++j)
      g[i].push_back(e.make<SliceOp>(filters, ArrayRef<int64_t>{i, j, 0, 0},
                                     ArrayRef<int64_t>{1, 1, channels, features},
                                     ArrayRef<int64_t>{1, 1, 1, 1}));
  auto together = [&](ArrayRef<Values> square) {
    Values all;
    for (const Values& row : square) llvm::append_range(all, row);
    return e.make<ConcatOp>(all, 0);
  };
  Value inputs = together(alongBoth(e, d, transformInput));
  Value weights =
      e.reshape(together(alongBoth(e, g, transformFilter)), {kInput * kInput, channels, features});
  Value products = e.make<MatmulOp>(inputs, weights, false, false);
  // Positions of a tile become dimensions behind it, so that the tiles can be put together.
  products = e.reshape(products, {kInput * kInput, n, rows, 1, columns, 1, features});
  SmallVector<Values> m(kInput);
  for (int64_t k = 0; k < kInput * kInput; ++k)
    m[k / kInput].push_back(e.sliceAlong(products, 0, k, 1));
  SmallVector<Values> tiles = alongBoth(e, m, transformOutput);
  Values lines;
  for (const Values& row : tiles) lines.push_back(e.make<ConcatOp>(row, 5));
  Value result =
      e.reshape(e.make<ConcatOp>(lines, 3), {n, kTile * rows, kTile * columns, features});
  SmallVector<int64_t> wanted = {n, y[2], y[3], features}, none(4, 0), ones(4, 1);
  if (shapeOf(result) != ArrayRef<int64_t>(wanted))
    result = e.make<SliceOp>(result, none, wanted, ones);
  return e.transpose(result, {0, 3, 1, 2});
}

}  // namespace etch::ir
