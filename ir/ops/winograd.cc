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

// G g of two elements, for three results
Values transformPair(Emitter& e, ArrayRef<Value> g) {
  Value first = e.scale(g[0], 0.5), second = e.scale(g[1], 0.5);
  return {g[0], e.add(first, second), e.sub(first, second), g[1]};
}

// Aᵀ m, three results
Values transformFilterSum(Emitter& e, ArrayRef<Value> m) {
  Value sum = e.add(m[1], m[2]);
  return {e.add(m[0], sum), e.sub(m[1], m[2]), e.sub(sum, m[3])};
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

// A convolution in f32 with one place for each filter element.
static bool isPlain(ConvOp op) {
  auto isOne = [](ArrayRef<int64_t> numbers) {
    return llvm::all_of(numbers, [](int64_t number) { return number == 1; });
  };
  return shapeOf(op.getWeight()).size() == 4 && isOne(op.getStride()) && isOne(op.getDilation()) &&
         isOne(op.getInputDilation()) && op.getGroups() == 1 &&
         tensorType(op.getResult()).getElementType().isF32();
}

// Whether what is saved on `positions` of each of a batch outweighs the transforms: each tile moves
// them once for each channel and feature, and saves 20 multiplications for each pair of them; the
// filters' transforms, larger than the filters, want enough tiles.
static bool tilesPay(int64_t batch, ArrayRef<int64_t> positions, int64_t channels,
                     int64_t features) {
  constexpr int64_t kFewTiles = 32, kFewChannels = 64;
  int64_t tiles = tilesAlong(positions[0]) * tilesAlong(positions[1]);
  bool full = 5 * kTile * kTile * tiles <= 6 * positions[0] * positions[1];
  return full && batch * tiles >= kFewTiles && std::min(channels, features) >= kFewChannels;
}

static bool isWindow(ArrayRef<int64_t> extents) {
  return extents[0] == kWindow && extents[1] == kWindow;
}

bool winogradPays(ConvOp op) {
  if (!isPlain(op)) return false;
  ArrayRef<int64_t> w = shapeOf(op.getWeight()), y = shapeOf(op.getResult());
  return isWindow(w.take_back(2)) && tilesPay(y[0], y.take_back(2), w[1], w[0]);
}

bool winogradPaysForFilters(ConvOp op) {
  if (!isPlain(op)) return false;
  ArrayRef<int64_t> w = shapeOf(op.getWeight()), y = shapeOf(op.getResult());
  return isWindow(y.take_back(2)) && tilesPay(w[1], w.take_back(2), y[0], y[1]);
}

// The elements at (i, j) of each tile: those of `x` [N, H, W, C] from there on, `kTile` apart.
static SmallVector<Values> elementsOfTiles(Emitter& e, Value x, int64_t each, int64_t rows,
                                           int64_t columns) {
  SmallVector<int64_t> shape(shapeOf(x));
  x = e.reshape(x, {1, shape[0], shape[1], shape[2], shape[3]});
  SmallVector<Values> elements(each);
  for (int64_t i = 0; i < each; ++i)
    for (int64_t j = 0; j < each; ++j)
      elements[i].push_back(e.make<SliceOp>(x, ArrayRef<int64_t>{0, 0, i, j, 0},
                                            ArrayRef<int64_t>{1, shape[0], rows, columns, shape[3]},
                                            ArrayRef<int64_t>{1, 1, kTile, kTile, 1}));
  return elements;
}

// All of a square in one value, along its first dimension.
static Value together(Emitter& e, ArrayRef<Values> square) {
  Values all;
  for (const Values& row : square) llvm::append_range(all, row);
  return e.make<ConcatOp>(all, 0);
}

// `x` [N, H, W, C] with zeros behind its rows and columns up to these extents.
static Value extended(Emitter& e, Value x, int64_t height, int64_t width) {
  ArrayRef<int64_t> extents = shapeOf(x);
  int64_t rows = std::max<int64_t>(0, height - extents[1]);
  int64_t columns = std::max<int64_t>(0, width - extents[2]);
  if (rows == 0 && columns == 0) return x;
  return e.pad(x, {0, 0, 0, 0}, {0, rows, columns, 0}, {0, 0, 0, 0});
}

Value winogradProduct(Emitter e, ConvOp op, Value padded) {
  ArrayRef<int64_t> w = shapeOf(op.getWeight()), y = shapeOf(op.getResult());
  int64_t n = y[0], features = y[1], channels = w[1];
  int64_t rows = tilesAlong(y[2]), columns = tilesAlong(y[3]);
  // Windows of whole tiles.
  Value x = extended(e, e.transpose(padded, {0, 2, 3, 1}), kTile * rows + 2, kTile * columns + 2);
  SmallVector<Values> d = elementsOfTiles(e, x, kInput, rows, columns), g(kWindow);
  // Features side by side, in one pass: they are read nine times over.
  Value filters = e.make<PackOp>(e.transpose(op.getWeight(), {0, 2, 3, 1}), features,
                                 /*transpose=*/true, /*row_dims=*/3, /*column_dims=*/1);
  filters = e.reshape(filters, {kWindow, kWindow, channels, features});
  for (int64_t i = 0; i < kWindow; ++i)
    for (int64_t j = 0; j < kWindow; ++j)
      g[i].push_back(e.make<SliceOp>(filters, ArrayRef<int64_t>{i, j, 0, 0},
                                     ArrayRef<int64_t>{1, 1, channels, features},
                                     ArrayRef<int64_t>{1, 1, 1, 1}));
  Value inputs = together(e, alongBoth(e, d, transformInput));
  Value weights = e.reshape(together(e, alongBoth(e, g, transformFilter)),
                            {kInput * kInput, channels, features});
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

// Operand [C, N, H, W] and window [O, N, P, Q]: what is summed is the operand's channels, as in any
// convolution, which are the batch here.
Value winogradFilters(Emitter e, ConvOp op, Value padded) {
  ArrayRef<int64_t> w = shapeOf(op.getWeight()), y = shapeOf(op.getResult());
  int64_t channels = y[0], features = y[1];
  int64_t rows = tilesAlong(w[2]), columns = tilesAlong(w[3]), tiles = w[1] * rows * columns;
  Value x = extended(e, e.transpose(padded, {1, 2, 3, 0}), kTile * rows + 2, kTile * columns + 2);
  Value dy = extended(e, e.transpose(op.getWeight(), {1, 2, 3, 0}), kTile * rows, kTile * columns);
  SmallVector<Values> d = elementsOfTiles(e, x, kInput, rows, columns);
  SmallVector<Values> g = elementsOfTiles(e, dy, kTile, rows, columns);
  Value inputs =
      e.reshape(together(e, alongBoth(e, d, transformInput)), {kInput * kInput, tiles, channels});
  Value gradients =
      e.reshape(together(e, alongBoth(e, g, transformPair)), {kInput * kInput, tiles, features});
  Value products = e.make<MatmulOp>(inputs, gradients, /*transpose_lhs=*/true, false);
  SmallVector<Values> m(kInput);
  for (int64_t k = 0; k < kInput * kInput; ++k)
    m[k / kInput].push_back(e.sliceAlong(products, 0, k, 1));
  Value filters = together(e, alongBoth(e, m, transformFilterSum));
  filters = e.reshape(filters, {kWindow, kWindow, channels, features});
  return e.transpose(filters, {2, 3, 0, 1});
}

}  // namespace etch::ir
