#include "etch/codegen/schedule/digits.h"
#include "etch/codegen/schedule/strategies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {
namespace {

using namespace mlir;

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
  DigitPackScheduler(ScheduleContext& context, ir::PackOp op)
      : context_(context),
        b_(context.builder),
        loc_(op.getLoc()),
        op_(op),
        entry_(OpBuilder::atBlockBegin(&context.kernel.front())),
        emitter_(context.kernel, context.target, entry_) {}

  FailureOr<int64_t> run();

 private:
  void emitColumns(Value source, Value target, Value first, int64_t width);
  void emitRuns(Value source, Value target, const Columns& columns);
  void emitPairs(Value source, Value target, const Columns& columns);
  void emitSquares(Value source, Value target, const Columns& columns);
  void gather(OpBuilder b, Value source, Value target, const Columns& columns);
  void put(OpBuilder& b, Value value, Value at, const Columns& columns);
  void emitRows(OpBuilder at, Value source, Value target, const Digits& rows, int64_t unit,
                llvm::function_ref<void(OpBuilder&, Value, Value)> row);
  // Whether each vector of columns begins at a multiple of its lanes; narrow panels do not.
  bool aligned() const { return tile_ % lanes_ == 0; }

  ScheduleContext& context_;
  OpBuilder& b_;
  Location loc_;
  ir::PackOp op_;
  OpBuilder entry_;
  PointEmitter emitter_;
  Value from_, to_, zero_;
  Digits rows_, columns_;
  VectorType vector_, mask_type_;
  int64_t lanes_ = 1, tile_ = 1;
};

// Loops over `rows`, each of which fills `unit` elements; `row` gets its addresses.
void DigitPackScheduler::emitRows(OpBuilder at, Value source, Value target, const Digits& rows,
                                  int64_t unit,
                                  llvm::function_ref<void(OpBuilder&, Value, Value)> row) {
  int64_t step = rows.count() * unit;
  for (auto [extent, stride] : llvm::zip(rows.extents, rows.strides)) {
    step /= extent;
    auto loop = scf::ForOp::create(at, loc_, constantIndex(at, loc_, 0),
                                   constantIndex(at, loc_, extent), constantIndex(at, loc_, 1));
    at.setInsertionPoint(loop.getBody()->getTerminator());
    source = addIndex(at, loc_, source, mulIndex(at, loc_, loop.getInductionVar(), stride));
    target = addIndex(at, loc_, target, mulIndex(at, loc_, loop.getInductionVar(), step));
  }
  row(at, source, target);
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
  emitRows(b, source, target, rows_, tile_, [&](OpBuilder& in, Value from, Value to) {
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
  emitRows(OpBuilder(branch.thenBlock()->getTerminator()), begin, target, rows_, tile_,
           [&](OpBuilder& in, Value from, Value to) {
             put(in, vector::LoadOp::create(in, loc_, vector_, from_, from), to, columns);
           });
  emitRows(OpBuilder(branch.elseBlock()->getTerminator()), none, target, rows_, tile_,
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
  emitRows(then, begin, target, rows_, tile_, [&](OpBuilder& in, Value from, Value to) {
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
          addIndex(in, loc_, to, r * tile_), columns);
  };
  int64_t run = rows_.run(), main = run / lanes_ * lanes_;
  Digits outer = rows_;
  outer.extents.pop_back();
  outer.strides.pop_back();
  emitRows(b_, source, target, outer, run * tile_, [&](OpBuilder& in, Value from, Value to) {
    if (main > 0) {
      auto loop =
          scf::ForOp::create(in, loc_, constantIndex(in, loc_, 0), constantIndex(in, loc_, main),
                             constantIndex(in, loc_, lanes_));
      OpBuilder body(loop.getBody()->getTerminator());
      Value row = loop.getInductionVar();
      block(body, addIndex(body, loc_, from, row),
            addIndex(body, loc_, to, mulIndex(body, loc_, row, tile_)), lanes_);
    }
    if (main < run)
      block(in, addIndex(in, loc_, from, main), addIndex(in, loc_, to, main * tile_), run - main);
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
  bool squares = rows_.step() == 1 && rows_.run() >= kShortRun;
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

FailureOr<int64_t> DigitPackScheduler::run() {
  std::optional<Access> source = sourceOf(op_.getInput());
  std::optional<Access> target = sinkOf(context_.kernel, op_.getResult());
  if (!source || !target)
    return op_.emitError("cannot be scheduled: a pack stands alone in its kernel");
  from_ = emitter_.flat(source->memory);
  to_ = emitter_.flat(target->memory);
  Type element = cast<MemRefType>(from_.getType()).getElementType();
  tile_ = op_.getTile();
  lanes_ = context_.target.lanes(std::max<int64_t>(4, element.getIntOrFloatBitWidth() / 8));
  vector_ = VectorType::get({lanes_}, element);
  mask_type_ = VectorType::get({lanes_}, b_.getI1Type());
  zero_ = arith::ConstantOp::create(entry_, loc_, entry_.getZeroAttr(vector_));

  const auto& layout = source->layout;
  int64_t rank = layout.shape.size(), row_dims = op_.getRowDims(),
          column_dims = op_.getColumnDims();
  int64_t batch = rank - row_dims - column_dims;
  int64_t first_row = op_.getTranspose() ? batch + column_dims : batch;
  int64_t first_column = op_.getTranspose() ? batch : batch + row_dims;
  for (int64_t d = first_row; d < first_row + row_dims; ++d) {
    rows_.extents.push_back(layout.shape[d]);
    rows_.strides.push_back(layout.strides[d]);
  }
  for (int64_t d = first_column; d < first_column + column_dims; ++d) {
    columns_.extents.push_back(layout.shape[d]);
    columns_.strides.push_back(layout.strides[d]);
  }
  rows_.simplify();
  columns_.simplify();
  int64_t panels = (columns_.count() + tile_ - 1) / tile_;
  int64_t pieces = panels;
  for (int64_t d = 0; d < batch; ++d) pieces *= layout.shape[d];
  if (pieces == 0 || rows_.count() == 0) return 1;

  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPoint(loop.getBody()->getTerminator());
  Value piece = loop.getInductionVar();
  Value count = constantIndex(b_, loc_, panels);
  Value panel = arith::RemUIOp::create(b_, loc_, piece, count);
  Digits batches{SmallVector<int64_t>(ArrayRef(layout.shape).take_front(batch)),
                 SmallVector<int64_t>(ArrayRef(layout.strides).take_front(batch))};
  Value from = batches.addressOf(b_, loc_, arith::DivUIOp::create(b_, loc_, piece, count));
  from = addIndex(b_, loc_, from, layout.offset);
  Value to = mulIndex(b_, loc_, piece, rows_.count() * tile_);
  Value first = mulIndex(b_, loc_, panel, tile_);
  int64_t main = tile_ / lanes_ * lanes_;
  if (main > 0) {
    auto vectors =
        scf::ForOp::create(b_, loc_, constantIndex(b_, loc_, 0), constantIndex(b_, loc_, main),
                           constantIndex(b_, loc_, lanes_));
    OpBuilder::InsertionGuard inside(b_);
    b_.setInsertionPoint(vectors.getBody()->getTerminator());
    Value c = vectors.getInductionVar();
    emitColumns(from, arith::AddIOp::create(b_, loc_, to, c),
                arith::AddIOp::create(b_, loc_, first, c), lanes_);
  }
  if (main < tile_)
    emitColumns(from, addIndex(b_, loc_, to, main), addIndex(b_, loc_, first, main), tile_ - main);
  return pieces;
}

}  // namespace

FailureOr<int64_t> scheduleDigitPack(ScheduleContext& context, ir::PackOp pack) {
  return DigitPackScheduler(context, pack).run();
}

}  // namespace etch::codegen
