#include <limits>

#include "etch/codegen/schedule/attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;

AttentionBase::AttentionBase(ScheduleContext& context, Operation* op, Type wide)
    : context_(context),
      b_(context.builder),
      loc_(op->getLoc()),
      operation_(op),
      entry_(OpBuilder::atBlockBegin(&context.kernel.front())),
      masks_(context.kernel, context.target, entry_),
      tiles_(loc_, context.target, wide),
      wide_(wide),
      lanes_(tiles_.lanes()) {}

LogicalResult AttentionBase::read(Stacks stacks) {
  for (auto [stack, operand] : stacks) {
    std::optional<Access> access = sourceOf(operand);
    if (!access) return operation_->emitError("cannot be scheduled: it stands alone in its kernel");
    stack->access = *access;
  }
  return success();
}

LogicalResult AttentionBase::written(Stacks stacks) {
  for (auto [stack, result] : stacks) {
    std::optional<Access> access = sinkOf(context_.kernel, result);
    if (!access) return operation_->emitError("cannot be scheduled: it hands out all its results");
    stack->access = *access;
  }
  return success();
}

void AttentionBase::setExtents(const MatrixStack& query, const MatrixStack& value, Value mask,
                               bool causal) {
  ArrayRef<int64_t> q = query.access.layout.shape, v = value.access.layout.shape;
  batch_.assign(q.begin(), q.end() - 2);
  batches_ = ShapedType::getNumElements(batch_);
  queries_ = q.end()[-2];
  features_ = q.back();
  keys_ = v.end()[-2];
  values_ = v.back();
  causal_ = causal;
  mask_ = mask;
  if (!mask) return;
  SmallVector<int64_t> scores(q);
  scores.back() = keys_;
  masks_.chooseGroups(scores, {}, {}, /*keep_dims=*/true);
  point_.index.assign(masks_.groups().size(), nullptr);
  point_.width = lanes_;
}

void AttentionBase::enterBatch(OpBuilder& b, Value batch, ArrayRef<MatrixStack*> stacks) {
  for (MatrixStack* stack : stacks) {
    const ir::StridedLayout& layout = stack->access.layout;
    stack->matrix = {masks_.flat(stack->access.memory), index(b, layout.offset),
                     layout.strides.end()[-2], layout.strides.back()};
  }
  for (int64_t i = static_cast<int64_t>(batch_.size()) - 1; i >= 0; --i) {
    Value extent = index(b, batch_[i]);
    Value at = i == 0 ? batch : Value(arith::RemUIOp::create(b, loc_, batch, extent));
    if (i > 0) batch = arith::DivUIOp::create(b, loc_, batch, extent);
    for (MatrixStack* stack : stacks) {
      Value step = mulIndex(b, loc_, at, stack->access.layout.strides[i]);
      stack->matrix.base = addIndex(b, loc_, stack->matrix.base, step);
    }
    for (auto [group, loop] : llvm::enumerate(masks_.groups()))
      if (loop.dims.back() == i) point_.index[group] = at;
  }
}

Matrix AttentionBase::rowsFrom(OpBuilder& b, const Matrix& matrix, Value first) {
  Matrix rows = matrix;
  rows.base = tiles_.offsetOf(b, matrix, first, index(b, 0));
  return rows;
}

Value AttentionBase::asVector(OpBuilder& b, Value x) {
  return isa<VectorType>(x.getType()) ? x : tiles_.broadcast(b, x);
}

Value AttentionBase::masked(OpBuilder& b, Value score, Value key, Value query, int64_t valid,
                            Lanes lanes) {
  Value lowest = tiles_.splat(b, -std::numeric_limits<double>::infinity());
  if (causal_) {
    assert(lanes == Lanes::kQueries);
    auto numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes_));
    auto type = VectorType::get({lanes_}, b.getI32Type());
    Value numbered =
        arith::ConstantOp::create(b, loc_, DenseElementsAttr::get(type, ArrayRef(numbers)));
    Value ahead = arith::IndexCastOp::create(b, loc_, b.getI32Type(),
                                             arith::SubIOp::create(b, loc_, key, query));
    Value wide = vector::BroadcastOp::create(b, loc_, type, ahead);
    Value seen = arith::CmpIOp::create(b, loc_, arith::CmpIPredicate::sge, numbered, wide);
    score = arith::SelectOp::create(b, loc_, seen, score, lowest);
  }
  if (!mask_) return score;
  Scope scope(b);
  scope.point = point_;
  int64_t rank = batch_.size() + 2;
  for (auto [group, loop] : llvm::enumerate(masks_.groups())) {
    int64_t dim = loop.dims.back();
    if (dim == rank - 1) scope.point.index[group] = key;
    if (dim == rank - 2) scope.point.index[group] = query;
    if (dim != (lanes == Lanes::kKeys ? rank - 1 : rank - 2)) continue;
    scope.point.lane = static_cast<int>(group);
    if (valid < lanes_)
      scope.point.mask = vector::ConstantMaskOp::create(
          b, loc_, VectorType::get({lanes_}, b.getI1Type()), b.getDenseI64ArrayAttr({valid}));
  }
  Value value = masks_.emit(mask_, scope);
  if (!value) return score;
  b = scope.builder;
  if (getElementTypeOrSelf(value).isInteger(1)) {
    if (!isa<VectorType>(value.getType()))
      value = vector::BroadcastOp::create(b, loc_, VectorType::get({lanes_}, b.getI1Type()), value);
    return arith::SelectOp::create(b, loc_, value, score, lowest);
  }
  Type type = isa<VectorType>(value.getType()) ? Type(tiles_.vectorType()) : wide_;
  int64_t bits = getElementTypeOrSelf(value).getIntOrFloatBitWidth();
  if (bits < wide_.getIntOrFloatBitWidth()) value = arith::ExtFOp::create(b, loc_, type, value);
  if (bits > wide_.getIntOrFloatBitWidth()) value = arith::TruncFOp::create(b, loc_, type, value);
  return arith::AddFOp::create(b, loc_, score, asVector(b, value));
}

Value AttentionBase::keyLimit(OpBuilder& b, Value query, int64_t count) {
  if (!causal_) return index(b, keys_);
  return addIndex(b, loc_, query, count);
}

int64_t AttentionBase::vectorsOfBlock(int64_t rows) {
  constexpr int64_t kFrameBytes = 512 << 10;
  int64_t bytes = lanes_ * (wide_.getIntOrFloatBitWidth() / 8) * std::max<int64_t>(1, rows);
  int64_t most = std::min(tiles_.widest(), (queries_ + lanes_ - 1) / lanes_);
  // All queries of a block meet the keys that its last one sees: wide blocks of few causal queries
  // compute what nobody sees.
  constexpr int64_t kCausalBlocks = 8;
  if (causal_) most = std::min(most, queries_ / (kCausalBlocks * lanes_));
  return std::max<int64_t>(1, std::min(most, kFrameBytes / bytes));
}

int64_t AttentionBase::keysOfBlock(int64_t bytes, int64_t columns, int64_t step) {
  int64_t element = wide_.getIntOrFloatBitWidth() / 8;
  int64_t most = std::max<int64_t>(1, bytes / (columns * element * step)) * step;
  return std::min(most, (keys_ + step - 1) / step * step);
}

Value AttentionBase::temporary(int64_t elements) {
  auto type = MemRefType::get({std::max<int64_t>(1, elements)}, wide_);
  return memref::AllocaOp::create(entry_, loc_, type, entry_.getI64IntegerAttr(64));
}

}  // namespace etch::codegen
