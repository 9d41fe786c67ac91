// Type rules, combiners, derivatives and decompositions of reductions and normalizations.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace etch::ir {

namespace arith = mlir::arith;
using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Location;
using mlir::LogicalResult;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

LogicalResult inferReduced(llvm::StringRef op, std::optional<Location> loc, Value input,
                           ArrayRef<int64_t> dims, llvm::SmallVectorImpl<Type>& types) {
  mlir::RankedTensorType type = tensorType(input);
  if (failed(checkDims(op, loc, dims, type))) return mlir::failure();  // reduce_c1
  types.push_back(type.clone(reducedShape(type.getShape(), dims)));    // reduce_c2
  return mlir::success();
}

LogicalResult inferSoftmaxLike(llvm::StringRef op, std::optional<Location> loc, Value input,
                               int64_t dim, llvm::SmallVectorImpl<Type>& types) {
  mlir::RankedTensorType type = tensorType(input);
  if (failed(checkDim(op, loc, dim, type.getRank()))) return mlir::failure();  // softmax_c1
  types.push_back(type);                                                       // softmax_c2
  return mlir::success();
}

LogicalResult NormalizeOp::inferReturnTypes(mlir::MLIRContext*, std::optional<Location> loc,
                                            Adaptor adaptor, llvm::SmallVectorImpl<Type>& types) {
  types.push_back(adaptor.getInput().getType());  // normalize_c2
  // normalize_c1
  return inferReduced(getOperationName(), loc, adaptor.getInput(), adaptor.getDims(), types);
}

// ---- Combiners

namespace {

// A ui8 is combined as a signless i8; only the tensor's type still knows that it has no sign.
bool isUnsigned(Value tensor) { return tensorType(tensor).getElementType().isUnsignedInteger(); }

mlir::TypedAttr scalarAttr(Type type, double value) {
  if (llvm::isa<mlir::FloatType>(type)) return mlir::FloatAttr::get(type, value);
  return mlir::IntegerAttr::get(type, static_cast<int64_t>(value));
}

// The end of the range of `type` that every other value replaces.
mlir::TypedAttr extremeAttr(Type type, bool isUnsigned, bool lowest) {
  if (auto floating = llvm::dyn_cast<mlir::FloatType>(type))
    return mlir::FloatAttr::get(
        type, llvm::APFloat::getInf(floating.getFloatSemantics(), /*Negative=*/lowest));
  unsigned width = type.getIntOrFloatBitWidth();
  llvm::APInt value = lowest       ? (isUnsigned ? llvm::APInt::getMinValue(width)
                                                 : llvm::APInt::getSignedMinValue(width))
                      : isUnsigned ? llvm::APInt::getMaxValue(width)
                                   : llvm::APInt::getSignedMaxValue(width);
  return mlir::IntegerAttr::get(type, value);
}

template <typename FloatOp, typename SignedOp, typename UnsignedOp = SignedOp>
Value combine(OpBuilder& b, Location loc, Value tensor, Value lhs, Value rhs) {
  if (llvm::isa<mlir::FloatType>(lhs.getType())) return FloatOp::create(b, loc, lhs, rhs);
  if (isUnsigned(tensor)) return UnsignedOp::create(b, loc, lhs, rhs);
  return SignedOp::create(b, loc, lhs, rhs);
}

}  // namespace

mlir::TypedAttr ReduceSumOp::neutralElement(Type type) { return scalarAttr(type, 0); }
mlir::TypedAttr ReduceProdOp::neutralElement(Type type) { return scalarAttr(type, 1); }
mlir::TypedAttr ReduceMaxOp::neutralElement(Type type) {
  return extremeAttr(type, isUnsigned(getInput()), /*lowest=*/true);
}
mlir::TypedAttr ReduceMinOp::neutralElement(Type type) {
  return extremeAttr(type, isUnsigned(getInput()), /*lowest=*/false);
}

Value ReduceSumOp::buildCombiner(OpBuilder& b, Location loc, Value lhs, Value rhs) {
  return combine<arith::AddFOp, arith::AddIOp>(b, loc, getInput(), lhs, rhs);
}
Value ReduceProdOp::buildCombiner(OpBuilder& b, Location loc, Value lhs, Value rhs) {
  return combine<arith::MulFOp, arith::MulIOp>(b, loc, getInput(), lhs, rhs);
}
Value ReduceMaxOp::buildCombiner(OpBuilder& b, Location loc, Value lhs, Value rhs) {
  return combine<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(b, loc, getInput(), lhs, rhs);
}
Value ReduceMinOp::buildCombiner(OpBuilder& b, Location loc, Value lhs, Value rhs) {
  return combine<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(b, loc, getInput(), lhs, rhs);
}

// ---- Derivatives of reductions

namespace {

bool isFloat(Value x) { return llvm::isa<mlir::FloatType>(tensorType(x).getElementType()); }

// The cotangent of an extremum is shared evenly by the elements that attain it, as by PyTorch's
// amax and amin.
SmallVector<Value> extremumVjp(Emitter e, Value x, Value y, ArrayRef<int64_t> dims, Value dy) {
  if (!isFloat(x)) return {nullptr};
  ArrayRef<int64_t> shape = shapeOf(x);
  Value attains = e.compare(Comparison::eq, x, e.broadcast(y, shape));
  Value count = e.sum(e.cast(attains, tensorType(x).getElementType()), dims);
  Value share = e.broadcast(e.div(dy, count), shape);
  return {e.select(attains, share, e.like(x, 0))};
}

// The derivative of a product along `dim`, with no division, so that zeros need no special case
// and derivatives of derivatives hold at them too. With the halves a and b of x (and an odd
// element r), prod(x) = prod([a * b, r]), and d(a * b) = b da + a db.
Value productVjp(Emitter e, Value x, int64_t dim, Value dy) {
  int64_t extent = shapeOf(x)[dim], half = extent / 2;
  if (extent <= 1) return e.broadcast(dy, shapeOf(x));
  auto slice = [&](Value from, int64_t offset, int64_t size) {
    return e.sliceAlong(from, dim, offset, size);
  };
  auto join = [&](ValueRange parts) { return e.make<ConcatOp>(parts, dim); };
  Value a = slice(x, 0, half), b = slice(x, half, half), paired = e.mul(a, b);
  if (extent % 2 == 0) {
    Value g = productVjp(e, paired, dim, dy);
    return join({e.mul(g, b), e.mul(g, a)});
  }
  Value g = productVjp(e, join({paired, slice(x, extent - 1, 1)}), dim, dy);
  Value gPaired = slice(g, 0, half);
  return join({e.mul(gPaired, b), e.mul(gPaired, a), slice(g, half, 1)});
}

}  // namespace

SmallVector<Value> ReduceSumOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  return {Emitter(b, getLoc()).broadcast(dy[0], shapeOf(getInput()))};
}
SmallVector<Value> ReduceMaxOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return extremumVjp({b, getLoc()}, getInput(), getResult(), getDims(), dy[0]);
}
SmallVector<Value> ReduceMinOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return extremumVjp({b, getLoc()}, getInput(), getResult(), getDims(), dy[0]);
}

// One dimension after the other: prod over {d1, d2} is prod over d2 of prod over d1.
SmallVector<Value> ReduceProdOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  Emitter e(b, getLoc());
  SmallVector<Value> partial = {getInput()};
  for (int64_t dim : getDims().drop_back(getDims().empty() ? 0 : 1))
    partial.push_back(e.make<ReduceProdOp>(partial.back(), ArrayRef<int64_t>(dim)));
  Value gradient = dy[0];
  for (int64_t i = static_cast<int64_t>(getDims().size()) - 1; i >= 0; --i)
    gradient = productVjp(e, partial[i], getDims()[i], gradient);
  return {gradient};
}

// ---- Normalizations

// y = softmax(x): dx = y * (dy - sum(dy * y)).
SmallVector<Value> SoftmaxOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  Value y = getResult(), dy = cotangents[0];
  Value inner = e.sum(e.mul(dy, y), getDim());
  return {e.mul(y, e.sub(dy, e.broadcast(inner, shapeOf(y))))};
}

// y = log_softmax(x): dx = dy - exp(y) * sum(dy).
SmallVector<Value> LogSoftmaxOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  Value y = getResult(), dy = cotangents[0];
  Value total = e.broadcast(e.sum(dy, getDim()), shapeOf(y));
  return {e.sub(dy, e.mul(e.make<ExpOp>(y), total))};
}

// With h = (x - mean) * s, s = rstd and means over n elements:
//   dx = s * (dh - mean(dh) - h * mean(dh * h)) - s^2 * h / n * ds.
SmallVector<Value> NormalizeOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  Value h = getNormalized(), s = getRstd(), dh = cotangents[0], ds = cotangents[1];
  ArrayRef<int64_t> shape = shapeOf(h);
  double each = 1.0 / extentAlong(shape, getDims());
  auto mean = [&](Value x) { return e.broadcast(e.scale(e.sum(x, getDims()), each), shape); };
  Value centred = e.sub(e.sub(dh, mean(dh)), e.mul(h, mean(e.mul(dh, h))));
  Value dx = e.mul(e.broadcast(s, shape), centred);
  // Nearly always nobody reads rstd, and the zero must not cost a term.
  if (mlir::matchPattern(ds, mlir::m_AnyZeroFloat())) return {dx};
  Value slope = e.scale(e.mul(e.mul(s, s), ds), -each);
  return {e.add(dx, e.mul(e.broadcast(slope, shape), h))};
}

namespace {

// f16 and bf16 are decomposed in f32: sums and exponentials need its range.
Value widen(Emitter& e, OpBuilder& b, Value x) {
  bool narrow = tensorType(x).getElementTypeBitWidth() < 32;
  return narrow ? e.cast(x, b.getF32Type()) : x;
}

struct Shifted {
  Value x;    // x - max(x)
  Value exp;  // its exponential
  Value sum;  // of the exponentials, extent 1 along the dimension
};

Shifted shiftByMaximum(Emitter& e, Value x, int64_t dim) {
  Value maximum = e.make<ReduceMaxOp>(x, ArrayRef<int64_t>(dim));
  Value shifted = e.sub(x, e.broadcast(maximum, shapeOf(x)));
  Value exp = e.make<ExpOp>(shifted);
  return {shifted, exp, e.sum(exp, dim)};
}

}  // namespace

// One division for a row; the elements are multiplied by the reciprocal.
SmallVector<Value> SoftmaxOp::decompose(OpBuilder& b) {
  Emitter e(b, getLoc());
  Shifted s = shiftByMaximum(e, widen(e, b, getInput()), getDim());
  Value reciprocal = e.div(e.like(s.sum, 1), s.sum);
  Value y = e.mul(s.exp, e.broadcast(reciprocal, shapeOf(s.exp)));
  return {e.cast(y, tensorType(getResult()).getElementType())};
}

SmallVector<Value> LogSoftmaxOp::decompose(OpBuilder& b) {
  Emitter e(b, getLoc());
  Shifted s = shiftByMaximum(e, widen(e, b, getInput()), getDim());
  Value y = e.sub(s.x, e.broadcast(e.make<LogOp>(s.sum), shapeOf(s.x)));
  return {e.cast(y, tensorType(getResult()).getElementType())};
}

SmallVector<Value> NormalizeOp::decompose(OpBuilder& b) {
  Emitter e(b, getLoc());
  Value x = widen(e, b, getInput());
  ArrayRef<int64_t> shape = shapeOf(x);
  double each = 1.0 / extentAlong(shape, getDims());
  Value mean = e.scale(e.sum(x, getDims()), each);
  Value centred = e.sub(x, e.broadcast(mean, shape));
  Value variance = e.scale(e.sum(e.mul(centred, centred), getDims()), each);
  double epsilon = getEpsilon().convertToDouble();
  Value rstd = e.make<RsqrtOp>(e.add(variance, e.like(variance, epsilon)));
  Value normalized = e.mul(centred, e.broadcast(rstd, shape));
  Type element = tensorType(getInput()).getElementType();
  return {e.cast(normalized, element), e.cast(rstd, element)};
}

}  // namespace etch::ir
