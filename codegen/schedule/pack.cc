#include "etch/codegen/schedule/strategies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// result[batch..., panel, row, c] = source(row, panel * tile + c), zero past the last column. In
// pairs, two rows that follow each other lie together: all work is on two rows at a time.
class PackScheduler {
 public:
  PackScheduler(ScheduleContext& context, ir::PackOp op)
      : context_(context),
        b_(context.builder),
        loc_(op.getLoc()),
        op_(op),
        entry_(OpBuilder::atBlockBegin(&context.kernel.front())),
        emitter_(context.kernel, context.target, entry_) {}

  FailureOr<int64_t> run();

 private:
  void emitPanel(Value source_base, Value target_base, int64_t columns);
  void emitRow(OpBuilder& b, Value source, Value target, int64_t columns);
  Value loadColumns(OpBuilder& b, Value source, int64_t first, int64_t columns);
  void store(OpBuilder& b, Value line, Value target, int64_t first);
  int64_t together() { return op_.getPairs() ? 2 : 1; }
  void emitTransposedRows(OpBuilder& b, Value source, Value target, int64_t rows, int64_t columns);
  Value mask(OpBuilder& b, int64_t lanes) { return mask(b, lanes, lanes_); }
  Value mask(OpBuilder& b, int64_t lanes, int64_t of) {
    return vector::ConstantMaskOp::create(b, loc_, VectorType::get({of}, b.getI1Type()),
                                          b.getDenseI64ArrayAttr({lanes}));
  }

  ScheduleContext& context_;
  OpBuilder& b_;
  Location loc_;
  ir::PackOp op_;
  OpBuilder entry_;
  PointEmitter emitter_;
  Access source_, target_;
  Type element_;
  VectorType vector_;
  int64_t lanes_ = 1, tile_ = 1, rows_ = 1, columns_ = 1;
  int64_t row_stride_ = 0, column_stride_ = 0;
};

// A vector of columns of a row from column `first` of the panel on; zero from `columns` on.
Value PackScheduler::loadColumns(OpBuilder& b, Value source, int64_t first, int64_t columns) {
  Value from = emitter_.flat(source_.memory);
  Value zero = arith::ConstantOp::create(b, loc_, b.getZeroAttr(vector_));
  int64_t valid = std::min(lanes_, columns - first);
  if (valid <= 0) return zero;
  Value at = addIndex(b, loc_, source, first * column_stride_);
  if (column_stride_ == 1 && valid == lanes_)
    return vector::LoadOp::create(b, loc_, vector_, from, at);
  if (column_stride_ == 1)
    return vector::MaskedLoadOp::create(b, loc_, vector_, from, at, mask(b, valid), zero);
  SmallVector<int64_t> numbers;
  for (int64_t l = 0; l < lanes_; ++l) numbers.push_back(l < valid ? l * column_stride_ : 0);
  auto type = VectorType::get({lanes_}, b.getIndexType());
  Value index = arith::ConstantOp::create(b, loc_, DenseElementsAttr::get(type, ArrayRef(numbers)));
  return vector::GatherOp::create(b, loc_, vector_, from, at, index, mask(b, valid), zero);
}

// Writes a vector of columns of the row (or pair of rows) at `target`, from column `first` on.
void PackScheduler::store(OpBuilder& b, Value line, Value target, int64_t first) {
  Value to = emitter_.flat(target_.memory);
  Value where = addIndex(b, loc_, target, first * together());
  if (first + lanes_ <= tile_) {
    vector::StoreOp::create(b, loc_, line, to, where);
  } else {
    int64_t left = (tile_ - first) * together(), all = lanes_ * together();
    vector::MaskedStoreOp::create(b, loc_, to, where, mask(b, left, all), line);
  }
}

// A row of a panel (or a pair): consecutive columns lie `column_stride_` apart.
void PackScheduler::emitRow(OpBuilder& b, Value source, Value target, int64_t columns) {
  for (int64_t c = 0; c < tile_; c += lanes_) {
    Value line = loadColumns(b, source, c, columns);
    if (op_.getPairs()) {
      Value next = loadColumns(b, addIndex(b, loc_, source, row_stride_), c, columns);
      line = vector::InterleaveOp::create(b, loc_, line, next);
    }
    store(b, line, target, c);
  }
}

// `rows` rows (or pairs) at once where rows are consecutive in memory: a square block of loads
// along the rows is transposed in registers, pairs as if they were one element.
void PackScheduler::emitTransposedRows(OpBuilder& b, Value source, Value target, int64_t rows,
                                       int64_t columns) {
  Value from = emitter_.flat(source_.memory);
  int64_t lanes = lanes_ * together();
  auto line_type = VectorType::get({lanes}, element_);
  Type unit = op_.getPairs() ? b.getF32Type() : element_;
  Value zero = arith::ConstantOp::create(b, loc_, b.getZeroAttr(line_type));
  auto block_type = VectorType::get({lanes_, lanes_}, unit);
  for (int64_t c = 0; c < tile_; c += lanes_) {
    Value block = arith::ConstantOp::create(b, loc_, b.getZeroAttr(block_type));
    for (int64_t l = 0; l < std::min(lanes_, std::min(columns, tile_) - c); ++l) {
      Value at = addIndex(b, loc_, source, (c + l) * column_stride_);
      Value line =
          rows == lanes_
              ? Value(vector::LoadOp::create(b, loc_, line_type, from, at))
              : Value(vector::MaskedLoadOp::create(b, loc_, line_type, from, at,
                                                   mask(b, rows * together(), lanes), zero));
      if (op_.getPairs())
        line = vector::BitCastOp::create(b, loc_, VectorType::get({lanes_}, unit), line);
      block = vector::InsertOp::create(b, loc_, line, block, ArrayRef<int64_t>{l});
    }
    Value transposed = vector::TransposeOp::create(b, loc_, block, ArrayRef<int64_t>{1, 0});
    for (int64_t r = 0; r < rows; ++r) {
      Value line = vector::ExtractOp::create(b, loc_, transposed, ArrayRef<int64_t>{r});
      if (op_.getPairs()) line = vector::BitCastOp::create(b, loc_, line_type, line);
      store(b, line, addIndex(b, loc_, target, r * tile_ * together()), c);
    }
  }
}

void PackScheduler::emitPanel(Value source, Value target, int64_t columns) {
  bool transposed = row_stride_ == 1 && column_stride_ != 1;
  int64_t step = (transposed ? lanes_ : 1) * together();
  int64_t main = rows_ / step * step;
  auto at = [&](OpBuilder& b, Value base, Value row, int64_t stride) {
    return addIndex(b, loc_, base, mulIndex(b, loc_, row, stride));
  };
  if (main > 0) {
    auto loop = scf::ForOp::create(b_, loc_, constantIndex(b_, loc_, 0),
                                   constantIndex(b_, loc_, main), constantIndex(b_, loc_, step));
    OpBuilder body(loop.getBody()->getTerminator());
    Value row = loop.getInductionVar();
    Value from = at(body, source, row, row_stride_), to = at(body, target, row, tile_);
    if (transposed) {
      emitTransposedRows(body, from, to, lanes_, columns);
    } else {
      emitRow(body, from, to, columns);
    }
  }
  if (main < rows_) {
    Value row = constantIndex(b_, loc_, main);
    emitTransposedRows(b_, at(b_, source, row, row_stride_), at(b_, target, row, tile_),
                       (rows_ - main) / together(), columns);
  }
}

FailureOr<int64_t> PackScheduler::run() {
  std::optional<Access> source = sourceOf(op_.getInput());
  std::optional<Access> target = sinkOf(context_.kernel, op_.getResult());
  if (!source || !target)
    return op_.emitError("cannot be scheduled: a pack stands alone in its kernel");
  source_ = *source;
  target_ = *target;
  const auto& from = source_.layout;
  const auto& to = target_.layout;
  int64_t rank = from.shape.size();
  int64_t column_dim = op_.getTranspose() ? rank - 2 : rank - 1;
  int64_t row_dim = column_dim == rank - 1 ? rank - 2 : rank - 1;
  tile_ = to.shape.end()[-together()];
  rows_ = from.shape[row_dim];
  columns_ = from.shape[column_dim];
  row_stride_ = from.strides[row_dim];
  column_stride_ = from.strides[column_dim];
  element_ = cast<RankedTensorType>(op_.getInput().getType()).getElementType();
  // Square blocks of more lanes than this take longer to transpose than they save.
  lanes_ = std::min<int64_t>(16, context_.target.lanes(element_.getIntOrFloatBitWidth() / 8));
  vector_ = VectorType::get({lanes_}, element_);
  int64_t panels = to.shape[rank - 2];  // behind the batches
  int64_t pieces = panels;
  for (int64_t i = 0; i + 2 < rank; ++i) pieces *= from.shape[i];
  if (pieces == 0 || rows_ == 0) return 1;

  auto loop =
      scf::ForOp::create(b_, loc_, context_.begin, context_.end, constantIndex(b_, loc_, 1));
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPoint(loop.getBody()->getTerminator());
  Value piece = loop.getInductionVar();
  Value count = constantIndex(b_, loc_, panels);
  Value panel = arith::RemUIOp::create(b_, loc_, piece, count);
  Value batch = arith::DivUIOp::create(b_, loc_, piece, count);
  Value source_base = constantIndex(b_, loc_, from.offset);
  Value target_base = mulIndex(b_, loc_, piece, rows_ * tile_);
  for (int64_t i = rank - 3; i >= 0; --i) {
    Value extent = constantIndex(b_, loc_, from.shape[i]);
    Value index = i == 0 ? batch : Value(arith::RemUIOp::create(b_, loc_, batch, extent));
    if (i > 0) batch = arith::DivUIOp::create(b_, loc_, batch, extent);
    source_base = addIndex(b_, loc_, source_base, mulIndex(b_, loc_, index, from.strides[i]));
  }
  source_base = addIndex(b_, loc_, source_base, mulIndex(b_, loc_, panel, tile_ * column_stride_));
  int64_t last_columns = columns_ - (panels - 1) * tile_;
  if (last_columns == tile_) {
    emitPanel(source_base, target_base, tile_);
    return pieces;
  }
  if (panels == 1) {
    emitPanel(source_base, target_base, last_columns);
    return pieces;
  }
  Value is_last = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, panel,
                                        constantIndex(b_, loc_, panels - 1));
  auto branch = scf::IfOp::create(b_, loc_, TypeRange(), is_last, /*withElseRegion=*/true);
  b_.setInsertionPoint(branch.thenBlock()->getTerminator());
  emitPanel(source_base, target_base, last_columns);
  b_.setInsertionPoint(branch.elseBlock()->getTerminator());
  emitPanel(source_base, target_base, tile_);
  return pieces;
}

}  // namespace

FailureOr<int64_t> schedulePack(ScheduleContext& context, ir::PackOp pack) {
  return PackScheduler(context, pack).run();
}

}  // namespace etch::codegen
