#include "etch/codegen/schedule/digits.h"
#include "etch/codegen/schedule/strategies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// Where rows and columns of what is packed lie: panels of `tile` columns, one after another in
// `target`.
struct DigitMatrix {
  Access source;
  Value target;
  int64_t tile;
  Digits batches, rows, columns;
};

// A digit of a row's number: elements apart in the source, and in the panels.
struct RowDigit {
  int64_t extent, source, target;
};

// Panels of a matrix whose rows and columns are several dimensions each, as those of the windows of
// a convolution: the addresses of a vector of columns are computed once for all rows of its panel.
class DigitPackScheduler {
  // A vector of columns of one panel.
  struct Columns {
    Value first;    // its number
    Value numbers;  // of all of them
    Value left;     // how many columns there are from the first on; 0 and less: none
    Value mask;     // those there are
    Value kept;     // those that belong to the panel; null: all
  };

 public:
  DigitPackScheduler(ScheduleContext& context, Location loc)
      : context_(context),
        b_(context.builder),
        loc_(loc),
        entry_(OpBuilder::atBlockBegin(&context.kernel.front())),
        emitter_(context.kernel, context.target, entry_) {}

  int64_t run(const DigitMatrix& matrix);

 private:
  void emitColumns(Value source, Value target, Value first, int64_t width);
  void emitRuns(Value source, Value target, const Columns& columns);
  void emitPairs(Value source, Value target, const Columns& columns);
  void emitSquares(Value source, Value target, const Columns& columns);
  void gather(OpBuilder b, Value source, Value target, const Columns& columns);
  void put(OpBuilder& b, Value value, Value at, const Columns& columns);
  void emitRows(OpBuilder at, Value source, Value target, ArrayRef<RowDigit> rows,
                llvm::function_ref<void(OpBuilder&, Value, Value)> row);
  void orderRows(const Digits& rows, Value& source, Value& target);
  // Whether each vector of columns begins at a multiple of its lanes; narrow panels do not.
  bool aligned() const { return tile_ % lanes_ == 0; }

  ScheduleContext& context_;
  OpBuilder& b_;
  Location loc_;
  OpBuilder entry_;
  PointEmitter emitter_;
  Value from_, to_, zero_;
  SmallVector<RowDigit> rows_;
  Digits columns_;
  VectorType vector_, mask_type_;
  int64_t lanes_ = 1, tile_ = 1;
};

// Loops over `rows`; `row` gets the addresses of each.
void DigitPackScheduler::emitRows(OpBuilder at, Value source, Value target, ArrayRef<RowDigit> rows,
                                  llvm::function_ref<void(OpBuilder&, Value, Value)> row) {
  for (const RowDigit& digit : rows) {
    auto loop =
        scf::ForOp::create(at, loc_, constantIndex(at, loc_, 0),
                           constantIndex(at, loc_, digit.extent), constantIndex(at, loc_, 1));
    at.setInsertionPoint(loop.getBody()->getTerminator());
    Value i = loop.getInductionVar();
    source = addIndex(at, loc_, source, mulIndex(at, loc_, i, digit.source));
    target = addIndex(at, loc_, target, mulIndex(at, loc_, i, digit.target));
  }
  row(at, source, target);
}

// The digits of the rows in the order in which the source has them, and the first row's addresses.
void DigitPackScheduler::orderRows(const Digits& rows, Value& source, Value& target) {
  int64_t step = tile_;
  for (size_t i = rows.extents.size(); i-- > 0; step *= rows.extents[i]) {
    RowDigit digit{rows.extents[i], rows.strides[i], step};
    if (digit.extent == 1) continue;
    if (digit.source < 0) {
      source = addIndex(b_, loc_, source, (digit.extent - 1) * digit.source);
      target = addIndex(b_, loc_, target, (digit.extent - 1) * digit.target);
      digit.source = -digit.source;
      digit.target = -digit.target;
    }
    rows_.insert(rows_.begin(), digit);
  }
  llvm::sort(rows_, [](const RowDigit& a, const RowDigit& b) {
    return std::pair(-a.source, -a.target) < std::pair(-b.source, -b.target);
  });
  for (size_t i = rows_.size(); i-- > 1;) {
    RowDigit &outer = rows_[i - 1], &inner = rows_[i];
    if (outer.source != inner.source * inner.extent || outer.target != inner.target * inner.extent)
      continue;
    inner.extent *= outer.extent;
    rows_.erase(rows_.begin() + i - 1);
  }
}

void DigitPackScheduler::put(OpBuilder& b, Value value, Value at, const Columns& columns) {
  if (columns.kept) {
    vector::MaskedStoreOp::create(b, loc_, to_, at, columns.kept, value);
  } else {
    vector::StoreOp::create(b, loc_, value, to_, at);
  }
}

// Columns wherever they are.
void DigitPackScheduler::gather(OpBuilder b, Value source, Value target, const Columns& columns) {
  Value addresses = columns_.addressOf(b, loc_, columns.numbers);
  emitRows(b, source, target, rows_, [&](OpBuilder& in, Value from, Value to) {
    put(in,
        vector::GatherOp::create(in, loc_, vector_, from_, from, addresses, columns.mask, zero_),
        to, columns);
  });
}

// Columns in runs of neighbours: a masked load for each run that a vector may meet, at the address
// at which its first lane would lie.
void DigitPackScheduler::emitRuns(Value source, Value target, const Columns& columns) {
  int64_t run = columns_.run();
  bool one = (aligned() && run % lanes_ == 0) || columns_.extents.size() == 1;
  int64_t parts = one ? 1 : (lanes_ - 2) / run + 2;
  Value extent = constantIndex(b_, loc_, run);
  Value first_run = arith::DivUIOp::create(b_, loc_, columns.first, extent);
  Value runs = arith::DivUIOp::create(b_, loc_, columns.numbers,
                                      constantLike(b_, loc_, columns.numbers, run));
  SmallVector<Value> addresses, masks;
  for (int64_t i = 0; i < parts; ++i) {
    Value number = addIndex(b_, loc_, first_run, i);
    Value begin = arith::MulIOp::create(b_, loc_, number, extent);
    Value address = arith::SubIOp::create(b_, loc_, columns_.addressOf(b_, loc_, begin),
                                          arith::SubIOp::create(b_, loc_, begin, columns.first));
    addresses.push_back(addIndex(b_, loc_, source, address));
    Value in_run =
        arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, runs,
                              vector::BroadcastOp::create(b_, loc_, runs.getType(), number));
    masks.push_back(arith::AndIOp::create(b_, loc_, in_run, columns.mask));
  }
  auto load = [&](OpBuilder& in, Value row) {
    Value value = zero_;
    for (auto [address, mask] : llvm::zip(addresses, masks)) {
      Value at = arith::AddIOp::create(in, loc_, row, address);
      value = vector::MaskedLoadOp::create(in, loc_, vector_, from_, at, mask, value);
    }
    return value;
  };
  Value none = constantIndex(b_, loc_, 0);
  // Most vectors lie within one run.
  Value last = addIndex(b_, loc_, columns.first, lanes_ - 1);
  Value whole = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, first_run,
                                      arith::DivUIOp::create(b_, loc_, last, extent));
  Value full = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::sge, columns.left,
                                     constantIndex(b_, loc_, lanes_));
  Value begin = addIndex(b_, loc_, source, columns_.addressOf(b_, loc_, columns.first));
  auto branch =
      scf::IfOp::create(b_, loc_, TypeRange(), arith::AndIOp::create(b_, loc_, whole, full),
                        /*withElseRegion=*/true);
  emitRows(OpBuilder(branch.thenBlock()->getTerminator()), begin, target, rows_,
           [&](OpBuilder& in, Value from, Value to) {
             put(in, vector::LoadOp::create(in, loc_, vector_, from_, from), to, columns);
           });
  emitRows(OpBuilder(branch.elseBlock()->getTerminator()), none, target, rows_,
           [&](OpBuilder& in, Value row, Value to) { put(in, load(in, row), to, columns); });
}

// Every other element: two loads and a shuffle where a vector lies within one run.
void DigitPackScheduler::emitPairs(Value source, Value target, const Columns& columns) {
  Value extent = constantIndex(b_, loc_, columns_.run());
  Value last = addIndex(b_, loc_, columns.first, lanes_ - 1);
  Value whole = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq,
                                      arith::DivUIOp::create(b_, loc_, columns.first, extent),
                                      arith::DivUIOp::create(b_, loc_, last, extent));
  Value full = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::sge, columns.left,
                                     constantIndex(b_, loc_, lanes_));
  // The second load ends at the last column: its columns are the odd lanes.
  SmallVector<int64_t> lanes;
  for (int64_t i = 0; i < lanes_; ++i) lanes.push_back(2 * i + (2 * i < lanes_ ? 0 : 1));
  auto branch =
      scf::IfOp::create(b_, loc_, TypeRange(), arith::AndIOp::create(b_, loc_, whole, full),
                        /*withElseRegion=*/true);
  OpBuilder then(branch.thenBlock()->getTerminator());
  Value begin = addIndex(then, loc_, source, columns_.addressOf(then, loc_, columns.first));
  emitRows(then, begin, target, rows_, [&](OpBuilder& in, Value from, Value to) {
    Value low = vector::LoadOp::create(in, loc_, vector_, from_, from);
    Value high =
        vector::LoadOp::create(in, loc_, vector_, from_, addIndex(in, loc_, from, lanes_ - 1));
    put(in, vector::ShuffleOp::create(in, loc_, low, high, lanes), to, columns);
  });
  gather(OpBuilder(branch.elseBlock()->getTerminator()), source, target, columns);
}

// Rows lie side by side, columns apart: squares of rows and columns are transposed in registers.
void DigitPackScheduler::emitSquares(Value source, Value target, const Columns& columns) {
  auto square = VectorType::get({lanes_, lanes_}, vector_.getElementType());
  SmallVector<Value> addresses, present;
  for (int64_t l = 0; l < lanes_; ++l) {
    Value number = addIndex(b_, loc_, columns.first, l);
    addresses.push_back(columns_.addressOf(b_, loc_, number));
    if (aligned() && columns_.count() % lanes_ == 0) continue;
    Value there = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::sgt, columns.left,
                                        constantIndex(b_, loc_, l));
    present.push_back(vector::BroadcastOp::create(b_, loc_, mask_type_, there));
  }
  auto block = [&](OpBuilder& in, Value from, Value to, int64_t rows) {
    Value mask =
        vector::ConstantMaskOp::create(in, loc_, mask_type_, in.getDenseI64ArrayAttr({rows}));
    Value lines = arith::ConstantOp::create(in, loc_, in.getZeroAttr(square));
    for (int64_t l = 0; l < lanes_; ++l) {
      Value at = arith::AddIOp::create(in, loc_, from, addresses[l]);
      Value which = mask;
      if (!present.empty()) which = arith::AndIOp::create(in, loc_, mask, present[l]);
      Value line =
          rows == lanes_ && present.empty()
              ? Value(vector::LoadOp::create(in, loc_, vector_, from_, at))
              : Value(vector::MaskedLoadOp::create(in, loc_, vector_, from_, at, which, zero_));
      lines = vector::InsertOp::create(in, loc_, line, lines, ArrayRef<int64_t>{l});
    }
    lines = vector::TransposeOp::create(in, loc_, lines, ArrayRef<int64_t>{1, 0});
    for (int64_t r = 0; r < rows; ++r)
      put(in, vector::ExtractOp::create(in, loc_, lines, ArrayRef<int64_t>{r}),
          addIndex(in, loc_, to, r * rows_.back().target), columns);
  };
  auto [run, one, step] = rows_.back();
  int64_t main = run / lanes_ * lanes_;
  emitRows(
      b_, source, target, ArrayRef(rows_).drop_back(), [&](OpBuilder& in, Value from, Value to) {
        if (main > 0) {
          auto loop =
              scf::ForOp::create(in, loc_, constantIndex(in, loc_, 0),
                                 constantIndex(in, loc_, main), constantIndex(in, loc_, lanes_));
          OpBuilder body(loop.getBody()->getTerminator());
          Value row = loop.getInductionVar();
          block(body, addIndex(body, loc_, from, row),
                addIndex(body, loc_, to, mulIndex(body, loc_, row, step)), lanes_);
        }
        if (main < run)
          block(in, addIndex(in, loc_, from, main), addIndex(in, loc_, to, main * step),
                run - main);
      });
}

// `width` columns, from number `first` on, of every row.
void DigitPackScheduler::emitColumns(Value source, Value target, Value first, int64_t width) {
  Columns columns;
  columns.first = first;
  auto index = VectorType::get({lanes_}, b_.getIndexType());
  auto numbers = llvm::to_vector(llvm::seq<int64_t>(0, lanes_));
  Value lanes =
      arith::ConstantOp::create(b_, loc_, DenseElementsAttr::get(index, ArrayRef(numbers)));
  columns.numbers =
      arith::AddIOp::create(b_, loc_, vector::BroadcastOp::create(b_, loc_, index, first), lanes);
  Value left = arith::SubIOp::create(b_, loc_, constantIndex(b_, loc_, columns_.count()), first);
  columns.left = arith::MaxSIOp::create(b_, loc_, left, constantIndex(b_, loc_, 0));
  columns.mask = vector::CreateMaskOp::create(b_, loc_, mask_type_, columns.left);
  if (width < lanes_)
    columns.kept =
        vector::ConstantMaskOp::create(b_, loc_, mask_type_, b_.getDenseI64ArrayAttr({width}));
  // Loads of runs shorter than this are more work than a gather.
  constexpr int64_t kShortRun = 5;
  bool runs = columns_.step() == 1 && columns_.run() >= kShortRun && columns_.ascends();
  bool squares = !rows_.empty() && rows_.back().source == 1 && rows_.back().extent >= kShortRun;
  if (runs && (!squares || 2 * columns_.run() >= lanes_)) {
    emitRuns(source, target, columns);
  } else if (squares) {
    emitSquares(source, target, columns);
  } else if (columns_.step() == 2 && columns_.run() >= lanes_) {
    emitPairs(source, target, columns);
  } else {
    gather(b_, source, target, columns);
  }
}

int64_t DigitPackScheduler::run(const DigitMatrix& matrix) {
  from_ = emitter_.flat(matrix.source.memory);
  to_ = emitter_.flat(matrix.target);
  Type element = cast<MemRefType>(from_.getType()).getElementType();
  tile_ = matrix.tile;
  lanes_ = context_.target.lanes(std::max<int64_t>(4, element.getIntOrFloatBitWidth() / 8));
  vector_ = VectorType::get({lanes_}, element);
  mask_type_ = VectorType::get({lanes_}, b_.getI1Type());
  zero_ = arith::ConstantOp::create(entry_, loc_, entry_.getZeroAttr(vector_));
  columns_ = matrix.columns;
  columns_.simplify();
  int64_t panels = (columns_.count() + tile_ - 1) / tile_, vectors = (tile_ + lanes_ - 1) / lanes_;
  int64_t pieces = matrix.batches.count() * panels * vectors;
  if (pieces == 0 || matrix.rows.count() == 0) return 1;

  // A piece is a vector of columns of one panel.
  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPoint(loop.getBody()->getTerminator());
  Digits number{{matrix.batches.count(), panels, vectors}, {0, 0, 0}};
  SmallVector<Value> place = number.split(b_, loc_, loop.getInductionVar());
  Value from =
      addIndex(b_, loc_, matrix.batches.addressOf(b_, loc_, place[0]), matrix.source.layout.offset);
  Value panel = addIndex(b_, loc_, mulIndex(b_, loc_, place[0], panels), place[1]);
  Value column = mulIndex(b_, loc_, place[2], lanes_);
  Value to = addIndex(b_, loc_, mulIndex(b_, loc_, panel, matrix.rows.count() * tile_), column);
  Value first = addIndex(b_, loc_, mulIndex(b_, loc_, place[1], tile_), column);
  orderRows(matrix.rows, from, to);
  int64_t rest = tile_ % lanes_;
  if (rest == 0 || vectors == 1) {
    emitColumns(from, to, first, rest == 0 ? lanes_ : rest);
    return pieces;
  }
  Value partial = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, place[2],
                                        constantIndex(b_, loc_, vectors - 1));
  auto branch = scf::IfOp::create(b_, loc_, TypeRange(), partial, /*withElseRegion=*/true);
  b_.setInsertionPoint(branch.thenBlock()->getTerminator());
  emitColumns(from, to, first, rest);
  b_.setInsertionPoint(branch.elseBlock()->getTerminator());
  emitColumns(from, to, first, lanes_);
  return pieces;
}

Digits digitsOf(const ir::StridedLayout& layout, int64_t begin, int64_t count) {
  return {SmallVector<int64_t>(ArrayRef(layout.shape).slice(begin, count)),
          SmallVector<int64_t>(ArrayRef(layout.strides).slice(begin, count))};
}

}  // namespace

FailureOr<int64_t> scheduleDigitPack(ScheduleContext& context, ir::PackOp pack) {
  std::optional<Access> source = sourceOf(pack.getInput());
  std::optional<Access> target = sinkOf(context.kernel, pack.getResult());
  if (!source || !target)
    return pack.emitError("cannot be scheduled: a pack stands alone in its kernel");
  const auto& layout = source->layout;
  int64_t row_dims = pack.getRowDims(), column_dims = pack.getColumnDims();
  int64_t batch = layout.shape.size() - row_dims - column_dims;
  DigitMatrix matrix{*source, target->memory, static_cast<int64_t>(pack.getTile()), {}, {}, {}};
  matrix.batches = digitsOf(layout, 0, batch);
  matrix.rows = digitsOf(layout, pack.getTranspose() ? batch + column_dims : batch, row_dims);
  matrix.columns = digitsOf(layout, pack.getTranspose() ? batch : batch + row_dims, column_dims);
  return DigitPackScheduler(context, pack.getLoc()).run(matrix);
}

std::optional<int64_t> scheduleTransposingCopy(ScheduleContext& context) {
  SmallVector<Sink> sinks = sinksOf(context.kernel);
  if (sinks.size() != 1) return std::nullopt;
  auto copy = sinks[0].value.getDefiningOp<linalg::GenericOp>();
  if (!copy || copy.getNumDpsInputs() != 1 || copy.getNumReductionLoops() > 0) return std::nullopt;
  Block* body = copy.getBlock();
  std::optional<Access> source = sourceOf(copy.getInputs()[0]);
  // Narrow elements would be widened to be shuffled.
  bool wide = copy.getRegionOutputArgs()[0].getType().getIntOrFloatBitWidth() >= 32;
  if (!source || !wide || body->getTerminator()->getOperand(0) != body->getArgument(0) ||
      !sinks[0].access.layout.isDense() ||
      !llvm::all_of(copy.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }))
    return std::nullopt;
  // The dimension that lies side by side in the source, and those behind it that do not.
  const auto& layout = source->layout;
  int64_t rank = layout.shape.size(), row = -1;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (layout.shape[dim] > 1 && layout.strides[dim] == 1) row = dim;
  if (row < 0) return std::nullopt;
  DigitMatrix matrix{*source, sinks[0].access.memory, 1, {}, {}, {}};
  matrix.batches = digitsOf(layout, 0, row);
  matrix.rows = digitsOf(layout, row, 1);
  matrix.columns = digitsOf(layout, row + 1, rank - row - 1);
  constexpr int64_t kLongRun = 8;
  matrix.tile = matrix.columns.count();
  if (matrix.rows.count() < kLongRun || matrix.tile < kLongRun) return std::nullopt;
  return DigitPackScheduler(context, copy.getLoc()).run(matrix);
}

}  // namespace etch::codegen
