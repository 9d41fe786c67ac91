#include "etch/codegen/schedule/kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace etch::codegen {

using namespace mlir;
using ir::StridedLayout;

MemRefType kernelArgumentType(MemRefType type) {
  if (type.getNumElements() > 0) return type;
  return MemRefType::get({1}, type.getElementType());
}

Access accessOf(Value memref) {
  if (auto cast = memref.getDefiningOp<memref::ReinterpretCastOp>()) {
    Access access;
    access.memory = cast.getSource();
    access.layout.offset = cast.getStaticOffset(0);
    access.layout.shape.assign(cast.getStaticSizes().begin(), cast.getStaticSizes().end());
    access.layout.strides.assign(cast.getStaticStrides().begin(), cast.getStaticStrides().end());
    return access;
  }
  return {memref, StridedLayout::dense(cast<MemRefType>(memref.getType()).getShape())};
}

bool isMargin(const Sink& sink) {
  if (!matchPattern(sink.value, m_Constant())) return false;
  auto whole = cast<MemRefType>(sink.access.memory.getType());
  return ShapedType::getNumElements(sink.access.layout.shape) != whole.getNumElements();
}

std::optional<Access> sourceOf(Value tensor) {
  if (auto op = tensor.getDefiningOp<bufferization::ToTensorOp>()) return accessOf(op.getBuffer());
  return std::nullopt;
}

SmallVector<Sink> sinksOf(func::FuncOp kernel) {
  SmallVector<Sink> sinks;
  for (auto op : kernel.front().getOps<bufferization::MaterializeInDestinationOp>())
    sinks.push_back({op.getSource(), accessOf(op.getDest())});
  return sinks;
}

Value constantIndex(OpBuilder& builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

std::optional<Access> sinkOf(func::FuncOp kernel, Value value) {
  for (const Sink& sink : sinksOf(kernel))
    if (withoutCasts(sink.value) == value) return sink.access;
  return std::nullopt;
}

Value withoutCasts(Value value) {
  while (auto cast = value.getDefiningOp<UnrealizedConversionCastOp>()) value = cast.getOperand(0);
  return value;
}

// Signed: the strides of a reversed dimension are negative.
constexpr auto kNoOverflow = arith::IntegerOverflowFlags::nsw;

Value combineLanes(OpBuilder& b, Location loc, Value vector,
                   llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t n = cast<VectorType>(vector.getType()).getNumElements(); n > 1; n /= 2) {
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, n / 2));
    auto high = llvm::to_vector(llvm::seq<int64_t>(n / 2, n));
    vector = combine(vector::ShuffleOp::create(b, loc, vector, vector, low),
                     vector::ShuffleOp::create(b, loc, vector, vector, high));
  }
  return vector::ExtractOp::create(b, loc, vector, ArrayRef<int64_t>{0});
}

Value addIndex(OpBuilder& builder, Location loc, Value a, Value b) {
  if (std::optional<int64_t> x = getConstantIntValue(a)) return addIndex(builder, loc, b, *x);
  if (std::optional<int64_t> y = getConstantIntValue(b)) return addIndex(builder, loc, a, *y);
  return arith::AddIOp::create(builder, loc, a, b, kNoOverflow);
}

Value addIndex(OpBuilder& builder, Location loc, Value a, int64_t b) {
  if (b == 0) return a;
  if (std::optional<int64_t> x = getConstantIntValue(a)) return constantIndex(builder, loc, *x + b);
  return arith::AddIOp::create(builder, loc, a, constantIndex(builder, loc, b), kNoOverflow);
}

Value mulIndex(OpBuilder& builder, Location loc, Value a, int64_t b) {
  if (b == 1) return a;
  if (b == 0) return constantIndex(builder, loc, 0);
  if (std::optional<int64_t> x = getConstantIntValue(a)) return constantIndex(builder, loc, *x * b);
  return arith::MulIOp::create(builder, loc, a, constantIndex(builder, loc, b), kNoOverflow);
}

}  // namespace etch::codegen
