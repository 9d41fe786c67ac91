#include "etch/codegen/schedule/strategies.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// Adjacent dimensions of the source that are counted as one.
struct Digits {
  SmallVector<int64_t> extents, strides;

  int64_t count() const { return ShapedType::getNumElements(extents); }
  // Whether numbers that follow each other never lie at lower addresses.
  bool ascends() const {
    int64_t span = 0;
    for (size_t i = extents.size(); i-- > 0;) {
      if (extents[i] == 1) continue;
      if (strides[i] < 1 || strides[i] <= span) return false;
      span += (extents[i] - 1) * strides[i];
    }
    return true;
  }
};

// Panels of a matrix whose rows and columns are several dimensions each, as those of the windows of
// a convolution: the addresses of a vector of columns are computed once for all rows of its panel.
class DigitPackScheduler {
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
  void emitRows(OpBuilder& b, Value source, Value target,
                llvm::function_ref<void(OpBuilder&, Value, Value)> row);
  // The address of number `i`: a scalar, or a vector of them.
  Value addressOf(OpBuilder& b, Value i, const Digits& digits);
  Value constantLike(OpBuilder& b, Value like, int64_t value);

  ScheduleContext& context_;
  OpBuilder& b_;
  Location loc_;
  ir::PackOp op_;
  OpBuilder entry_;
  PointEmitter emitter_;
  Value from_, to_;
  Digits rows_, columns_;
  VectorType vector_, mask_type_;
  int64_t lanes_ = 1, tile_ = 1;
};

Value DigitPackScheduler::constantLike(OpBuilder& b, Value like, int64_t value) {
  auto vector = dyn_cast<VectorType>(like.getType());
  if (!vector) return constantIndex(b, loc_, value);
  return arith::ConstantOp::create(b, loc_, DenseElementsAttr::get(vector, b.getIndexAttr(value)));
}

Value DigitPackScheduler::addressOf(OpBuilder& b, Value i, const Digits& digits) {
  Value address = constantLike(b, i, 0);
  for (size_t d = digits.extents.size(); d-- > 0;) {
    Value digit = i;
    if (d > 0) {
      Value extent = constantLike(b, i, digits.extents[d]);
      digit = arith::RemUIOp::create(b, loc_, i, extent);
      i = arith::DivUIOp::create(b, loc_, i, extent);
    }
    Value step = arith::MulIOp::create(b, loc_, digit, constantLike(b, digit, digits.strides[d]));
    address = arith::AddIOp::create(b, loc_, address, step);
  }
  return address;
}

// Loops over the digits of the rows; `row` gets the addresses of its row.
void DigitPackScheduler::emitRows(OpBuilder& b, Value source, Value target,
                                  llvm::function_ref<void(OpBuilder&, Value, Value)> row) {
  OpBuilder at = b;
  int64_t step = rows_.count() * tile_;
  for (auto [extent, stride] : llvm::zip(rows_.extents, rows_.strides)) {
    step /= extent;
    auto loop = scf::ForOp::create(at, loc_, constantIndex(at, loc_, 0),
                                   constantIndex(at, loc_, extent), constantIndex(at, loc_, 1));
    at.setInsertionPoint(loop.getBody()->getTerminator());
    source = addIndex(at, loc_, source, mulIndex(at, loc_, loop.getInductionVar(), stride));
    target = addIndex(at, loc_, target, mulIndex(at, loc_, loop.getInductionVar(), step));
  }
  row(at, source, target);
}

// `width` columns, from number `first` on, of every row: loads where they lie side by side,
// gathers elsewhere.
void DigitPackScheduler::emitColumns(Value source, Value target, Value first, int64_t width) {
  auto index = VectorType::get({lanes_}, b_.getIndexType());
  auto numbers = llvm::to_vector(llvm::seq<int64_t>(0, lanes_));
  Value lanes =
      arith::ConstantOp::create(b_, loc_, DenseElementsAttr::get(index, ArrayRef(numbers)));
  Value number =
      arith::AddIOp::create(b_, loc_, vector::BroadcastOp::create(b_, loc_, index, first), lanes);
  Value left = arith::SubIOp::create(b_, loc_, constantIndex(b_, loc_, columns_.count()), first);
  left = arith::MaxSIOp::create(b_, loc_, left, constantIndex(b_, loc_, 0));
  Value mask = vector::CreateMaskOp::create(b_, loc_, mask_type_, left);
  Value zero = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(vector_));
  Value kept;
  if (width < lanes_)
    kept = vector::ConstantMaskOp::create(b_, loc_, mask_type_, b_.getDenseI64ArrayAttr({width}));
  auto put = [&](OpBuilder& b, Value value, Value at) {
    if (kept) {
      vector::MaskedStoreOp::create(b, loc_, to_, at, kept, value);
    } else {
      vector::StoreOp::create(b, loc_, value, to_, at);
    }
  };
  auto gather = [&](OpBuilder b) {
    Value addresses = addressOf(b, number, columns_);
    emitRows(b, source, target, [&](OpBuilder& in, Value from, Value to) {
      put(in, vector::GatherOp::create(in, loc_, vector_, from_, from, addresses, mask, zero), to);
    });
  };
  if (!columns_.ascends()) return gather(b_);
  // Addresses ascend, so that the distance of the ends tells whether there are gaps.
  Value begin = addressOf(b_, first, columns_);
  Value end = addressOf(b_, addIndex(b_, loc_, first, lanes_ - 1), columns_);
  Value near = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq,
                                     arith::SubIOp::create(b_, loc_, end, begin),
                                     constantIndex(b_, loc_, lanes_ - 1));
  Value full = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::sge, left,
                                     constantIndex(b_, loc_, lanes_));
  auto branch =
      scf::IfOp::create(b_, loc_, TypeRange(), arith::AndIOp::create(b_, loc_, near, full),
                        /*withElseRegion=*/true);
  OpBuilder side(branch.thenBlock()->getTerminator());
  emitRows(side, addIndex(side, loc_, source, begin), target,
           [&](OpBuilder& in, Value from, Value to) {
             put(in, vector::LoadOp::create(in, loc_, vector_, from_, from), to);
           });
  gather(OpBuilder(branch.elseBlock()->getTerminator()));
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
  Value from = addressOf(b_, arith::DivUIOp::create(b_, loc_, piece, count), batches);
  from = addIndex(b_, loc_, from, layout.offset);
  Value to = mulIndex(b_, loc_, piece, rows_.count() * tile_);
  for (int64_t c = 0; c < tile_; c += lanes_) {
    Value first = addIndex(b_, loc_, mulIndex(b_, loc_, panel, tile_), c);
    emitColumns(from, addIndex(b_, loc_, to, c), first, std::min(lanes_, tile_ - c));
  }
  return pieces;
}

}  // namespace

FailureOr<int64_t> scheduleDigitPack(ScheduleContext& context, ir::PackOp pack) {
  return DigitPackScheduler(context, pack).run();
}

}  // namespace etch::codegen
