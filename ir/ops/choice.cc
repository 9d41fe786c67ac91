// Type rule, derivative and decomposition of ops that choose an element.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::emitOptionalError;
using mlir::LogicalResult;
using mlir::OpBuilder;
using mlir::RankedTensorType;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

LogicalResult inferChosen(llvm::StringRef op, std::optional<mlir::Location> loc, Value input,
                          ArrayRef<int64_t> dims, llvm::SmallVectorImpl<Type>& types) {
  RankedTensorType type = tensorType(input);
  if (failed(checkDims(op, loc, dims, type))) return mlir::failure();  // choose_c1
  // choose_c2
  if (extentAlong(type.getShape(), dims) == 0)
    return emitOptionalError(loc, op, " has no element to choose (operand ", type, ")");
  auto chosen = reducedShape(type.getShape(), dims);
  types.push_back(type.clone(chosen));
  types.push_back(RankedTensorType::get(chosen, mlir::IntegerType::get(type.getContext(), 64)));
  return mlir::success();
}

namespace {

// The position of each element of `shape` in row-major order of `dims`.
Value positions(Emitter& e, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims, Type element) {
  Value sum;
  int64_t step = 1;
  for (int64_t dim : llvm::reverse(dims)) {
    Value along = e.make<IotaOp>(shape, dim, element);
    if (step != 1) along = e.scale(along, static_cast<double>(step));
    sum = sum ? e.add(along, sum) : along;
    step *= shape[dim];
  }
  return sum ? sum : e.splat(RankedTensorType::get(shape, element), 0);
}

SmallVector<Value> chosenVjp(Emitter e, Value x, Value indices, ArrayRef<int64_t> dims, Value dy) {
  if (!llvm::isa<mlir::FloatType>(tensorType(x).getElementType())) return {nullptr};
  ArrayRef<int64_t> shape = shapeOf(x);
  Value position = positions(e, shape, dims, tensorType(indices).getElementType());
  Value chosen = e.compare(Comparison::eq, position, e.broadcast(indices, shape));
  return {e.select(chosen, e.broadcast(dy, shape), e.like(x, 0))};
}

// The first position that holds the extremum, or NaN where that is the extremum.
template <typename Extremum>
SmallVector<Value> decomposeChoice(Emitter e, Value x, ArrayRef<int64_t> dims, OpBuilder& b) {
  Value values = e.make<Extremum>(x, dims);
  ArrayRef<int64_t> shape = shapeOf(x);
  Value attains = e.compare(Comparison::eq, x, e.broadcast(values, shape));
  if (llvm::isa<mlir::FloatType>(tensorType(x).getElementType()))
    attains = e.make<OrOp>(attains, e.compare(Comparison::ne, x, x));
  // 32 bits make vectors of twice as many positions.
  Value position = positions(e, shape, dims, b.getI32Type());
  Value last = e.like(position, static_cast<double>(extentAlong(shape, dims) - 1));
  Value first = e.make<ReduceMinOp>(e.select(attains, position, last), dims);
  return {values, e.cast(first, b.getI64Type())};
}

}  // namespace

SmallVector<Value> ChooseMaxOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return chosenVjp({b, getLoc()}, getInput(), getIndices(), getDims(), dy[0]);
}
SmallVector<Value> ChooseMinOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return chosenVjp({b, getLoc()}, getInput(), getIndices(), getDims(), dy[0]);
}

SmallVector<Value> ChooseMaxOp::decompose(OpBuilder& b) {
  return decomposeChoice<ReduceMaxOp>({b, getLoc()}, getInput(), getDims(), b);
}
SmallVector<Value> ChooseMinOp::decompose(OpBuilder& b) {
  return decomposeChoice<ReduceMinOp>({b, getLoc()}, getInput(), getDims(), b);
}

}  // namespace etch::ir
