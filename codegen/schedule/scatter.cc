#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "etch/codegen/schedule/strategies.h"
#include "etch/ir/dialect.h"

namespace etch::codegen {

using namespace mlir;

// A piece owns a vector of columns of every row, so that no two pieces write the same element and
// sums come in the order of the indices.
FailureOr<int64_t> scheduleScatter(ScheduleContext& context, Operation* op) {
  auto scatter = cast<ir::ScatterAddOp>(op);
  std::optional<Access> indices = sourceOf(scatter.getIndices());
  Value updates_tensor = scatter.getUpdates();
  if (auto cast = updates_tensor.getDefiningOp<UnrealizedConversionCastOp>())
    updates_tensor = cast.getOperand(0);
  std::optional<Access> updates = sourceOf(updates_tensor);
  SmallVector<Sink> sinks = sinksOf(context.kernel);
  if (!indices || !updates || sinks.size() != 1)
    return op->emitError("cannot be scheduled: a scatter stands alone in its kernel");

  OpBuilder& b = context.builder;
  Location loc = op->getLoc();
  OpBuilder entry = OpBuilder::atBlockBegin(&context.kernel.front());
  PointEmitter emitter(context.kernel, context.target, entry);
  int64_t index_rank = indices->layout.shape.size();
  ArrayRef<int64_t> shape = updates->layout.shape;
  int64_t count = ShapedType::getNumElements(indices->layout.shape);
  int64_t columns = ShapedType::getNumElements(shape.drop_front(index_rank));
  int64_t rows = scatter.getRows();
  if (!updates->layout.isDense() || !indices->layout.isDense())
    return op->emitError("cannot be scheduled: a scatter reads dense operands");
  Value from = emitter.flat(updates->memory), at = emitter.flat(indices->memory);
  Value to = emitter.flat(sinks[0].access.memory);
  Type element = cast<MemRefType>(to.getType()).getElementType();
  int64_t lanes = context.target.lanes(std::max<int64_t>(1, element.getIntOrFloatBitWidth() / 8));
  auto vector = VectorType::get({lanes}, element);
  int64_t pieces = (columns + lanes - 1) / lanes;
  if (rows * columns == 0) return 1;

  auto loop = scf::ForOp::create(b, loc, context.begin, context.end, constantIndex(b, loc, 1));
  OpBuilder body(loop.getBody()->getTerminator());
  Value column = mulIndex(body, loc, loop.getInductionVar(), lanes);
  Value left = arith::SubIOp::create(body, loc, constantIndex(body, loc, columns), column);
  Value mask = vector::CreateMaskOp::create(body, loc, VectorType::get({lanes}, b.getI1Type()), left);
  Value zero = arith::ConstantOp::create(body, loc, body.getZeroAttr(vector));
  auto each = [&](int64_t n, llvm::function_ref<void(OpBuilder&, Value)> emit) {
    auto inner = scf::ForOp::create(body, loc, constantIndex(body, loc, 0),
                                    constantIndex(body, loc, n), constantIndex(body, loc, 1));
    OpBuilder inside(inner.getBody()->getTerminator());
    emit(inside, inner.getInductionVar());
  };
  each(rows, [&](OpBuilder& in, Value row) {
    Value offset = addIndex(in, loc, mulIndex(in, loc, row, columns), column);
    vector::MaskedStoreOp::create(in, loc, to, offset, mask, zero);
  });
  each(count, [&](OpBuilder& in, Value i) {
    Value index = memref::LoadOp::create(in, loc, at, i);
    index = arith::IndexCastOp::create(in, loc, in.getIndexType(), index);
    index = arith::MaxSIOp::create(in, loc, index, constantIndex(in, loc, 0));
    index = arith::MinSIOp::create(in, loc, index, constantIndex(in, loc, rows - 1));
    Value source = addIndex(in, loc, mulIndex(in, loc, i, columns), column);
    Value target = addIndex(in, loc, mulIndex(in, loc, index, columns), column);
    Value update = vector::MaskedLoadOp::create(in, loc, vector, from, source, mask, zero);
    Value sum = vector::MaskedLoadOp::create(in, loc, vector, to, target, mask, zero);
    sum = isa<FloatType>(element) ? Value(arith::AddFOp::create(in, loc, sum, update))
                                  : Value(arith::AddIOp::create(in, loc, sum, update));
    vector::MaskedStoreOp::create(in, loc, to, target, mask, sum);
  });
  return pieces;
}

}  // namespace etch::codegen
