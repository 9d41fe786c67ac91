#include "etch/codegen/schedule/strategies.h"
#include "etch/ir/dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// The element offset of the `i`-th element, in row-major order, of dimensions [first, last) of a
// layout: one multiplication where these are walked by one stride, else digit by digit.
Value offsetOfElement(OpBuilder& b, Location loc, Value i, const ir::StridedLayout& layout,
                      int64_t first, int64_t last) {
  bool even = true;
  for (int64_t d = first; d + 1 < last; ++d)
    even &= layout.strides[d] == layout.strides[d + 1] * layout.shape[d + 1];
  if (first == last) return constantIndex(b, loc, 0);
  if (even) return mulIndex(b, loc, i, layout.strides[last - 1]);
  Value offset = constantIndex(b, loc, 0);
  for (int64_t d = last - 1; d >= first; --d) {
    Value extent = constantIndex(b, loc, layout.shape[d]);
    Value digit = d == first ? i : Value(arith::RemUIOp::create(b, loc, i, extent));
    offset = addIndex(b, loc, offset, mulIndex(b, loc, digit, layout.strides[d]));
    if (d > first) i = arith::DivUIOp::create(b, loc, i, extent);
  }
  return offset;
}

// f16 and bf16 are added in f32: where the machine lacks their arithmetic, LLVM would call a
// library.
Value addElements(OpBuilder& b, Location loc, Value x, Value y) {
  auto type = cast<VectorType>(x.getType());
  if (!isa<FloatType>(type.getElementType())) return arith::AddIOp::create(b, loc, x, y);
  if (type.getElementTypeBitWidth() >= 32) return arith::AddFOp::create(b, loc, x, y);
  auto wide = type.clone(b.getF32Type());
  Value sum = arith::AddFOp::create(b, loc, arith::ExtFOp::create(b, loc, wide, x),
                                    arith::ExtFOp::create(b, loc, wide, y));
  return arith::TruncFOp::create(b, loc, type, sum);
}

}  // namespace

// A piece owns a vector of columns of every row, so that no two pieces write the same element and
// sums come in the order of the indices.
FailureOr<int64_t> scheduleScatter(ScheduleContext& context, ir::ScatterAddOp op) {
  std::optional<Access> indices = sourceOf(op.getIndices());
  std::optional<Access> updates = sourceOf(withoutCasts(op.getUpdates()));
  SmallVector<Sink> sinks = sinksOf(context.kernel);
  if (!indices || !updates || sinks.size() != 1)
    return op.emitError("cannot be scheduled: a scatter stands alone in its kernel");

  OpBuilder& b = context.builder;
  Location loc = op.getLoc();
  OpBuilder entry = OpBuilder::atBlockBegin(&context.kernel.front());
  PointEmitter emitter(context.kernel, context.target, entry);
  int64_t index_rank = indices->layout.shape.size();
  ArrayRef<int64_t> shape = updates->layout.shape;
  int64_t count = ShapedType::getNumElements(indices->layout.shape);
  int64_t columns = ShapedType::getNumElements(shape.drop_front(index_rank));
  int64_t rows = op.getRows();
  Value from = emitter.flat(updates->memory), at = emitter.flat(indices->memory);
  Value to = emitter.flat(sinks[0].access.memory);
  Type element = cast<MemRefType>(to.getType()).getElementType();
  // Columns that do not lie side by side are taken one at a time.
  int64_t rank = shape.size();
  bool side_by_side = true;
  for (int64_t d = rank - 1, expected = 1; d >= index_rank; --d) {
    side_by_side &= updates->layout.strides[d] == expected;
    expected *= shape[d];
  }
  // Narrow elements are added as 32 bits.
  int64_t element_bytes = std::max<int64_t>(4, element.getIntOrFloatBitWidth() / 8);
  int64_t lanes = side_by_side ? context.target.lanes(element_bytes) : 1;
  auto vector = VectorType::get({lanes}, element);
  int64_t pieces = (columns + lanes - 1) / lanes;
  if (rows * columns == 0) return 1;

  auto loop = scf::ForOp::create(b, loc, context.begin, context.end, constantIndex(b, loc, 1));
  OpBuilder body(loop.getBody()->getTerminator());
  Value column = mulIndex(body, loc, loop.getInductionVar(), lanes);
  Value left = arith::SubIOp::create(body, loc, constantIndex(body, loc, columns), column);
  Value mask =
      vector::CreateMaskOp::create(body, loc, VectorType::get({lanes}, b.getI1Type()), left);
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
    Value index_offset = offsetOfElement(in, loc, i, indices->layout, 0, index_rank);
    index_offset = addIndex(in, loc, index_offset, indices->layout.offset);
    Value index = memref::LoadOp::create(in, loc, at, index_offset);
    index = arith::IndexCastOp::create(in, loc, in.getIndexType(), index);
    index = arith::MaxSIOp::create(in, loc, index, constantIndex(in, loc, 0));
    index = arith::MinSIOp::create(in, loc, index, constantIndex(in, loc, rows - 1));
    Value source = addIndex(
        in, loc, offsetOfElement(in, loc, i, updates->layout, 0, index_rank),
        side_by_side ? column
                     : offsetOfElement(in, loc, column, updates->layout, index_rank, rank));
    source = addIndex(in, loc, source, updates->layout.offset);
    Value target = addIndex(in, loc, mulIndex(in, loc, index, columns), column);
    Value update = vector::MaskedLoadOp::create(in, loc, vector, from, source, mask, zero);
    Value sum = vector::MaskedLoadOp::create(in, loc, vector, to, target, mask, zero);
    sum = addElements(in, loc, sum, update);
    vector::MaskedStoreOp::create(in, loc, to, target, mask, sum);
  });
  return pieces;
}

}  // namespace etch::codegen
