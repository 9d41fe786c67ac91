// Type rules of compare, select and cast, and the derivatives of all elementwise ops.
#include <numbers>

#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::emitOptionalError;
using mlir::LogicalResult;
using mlir::MLIRContext;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

LogicalResult CompareOp::inferReturnTypes(MLIRContext* context, std::optional<mlir::Location> loc,
                                          Adaptor adaptor, llvm::SmallVectorImpl<Type>& types) {
  auto lhs = tensorType(adaptor.getLhs());
  if (lhs != adaptor.getRhs().getType())  // compare_c1
    return emitOptionalError(loc, "etch.compare wants operands of one type (lhs ", lhs, ", rhs ",
                             adaptor.getRhs().getType(), ")");
  types.push_back(lhs.clone(mlir::IntegerType::get(context, 1)));
  return mlir::success();
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext*, std::optional<mlir::Location> loc,
                                         Adaptor adaptor, llvm::SmallVectorImpl<Type>& types) {
  auto onTrue = tensorType(adaptor.getOnTrue());
  if (onTrue != adaptor.getOnFalse().getType())  // select_c1
    return emitOptionalError(loc, "etch.select wants values of one type (on_true ", onTrue,
                             ", on_false ", adaptor.getOnFalse().getType(), ")");
  if (shapeOf(adaptor.getCondition()) != onTrue.getShape())  // select_c2
    return emitOptionalError(loc, "etch.select has a condition of shape ",
                             shapeText(shapeOf(adaptor.getCondition())), " for values of shape ",
                             shapeText(onTrue.getShape()));
  types.push_back(onTrue);
  return mlir::success();
}

LogicalResult CastOp::inferReturnTypes(MLIRContext*, std::optional<mlir::Location> loc,
                                       Adaptor adaptor, llvm::SmallVectorImpl<Type>& types) {
  types.push_back(tensorType(adaptor.getInput()).clone(adaptor.getDtype()));  // cast_c1
  return mlir::success();
}

// ---- Derivatives. `dy` is the cotangent of the result; integer operands have none.

namespace {

bool isFloat(Value x) { return llvm::isa<mlir::FloatType>(tensorType(x).getElementType()); }

// The cotangent of an extremum goes to the operand that supplied it; each gets half where both did,
// as in PyTorch.
SmallVector<Value> extremumVjp(Emitter e, Comparison wins, Value lhs, Value rhs, Value dy) {
  if (!isFloat(lhs)) return {nullptr, nullptr};
  Value zero = e.like(dy, 0), half = e.scale(dy, 0.5);
  Value tie = e.compare(Comparison::eq, lhs, rhs);
  auto share = [&](Value mine, Value other) {
    Value won = e.select(e.compare(wins, mine, other), dy, zero);
    return e.select(tie, half, won);
  };
  return {share(lhs, rhs), share(rhs, lhs)};
}

// Piecewise constant functions have derivative 0 where they have one.
SmallVector<Value> zeroVjp(Emitter e, Value x) {
  if (!isFloat(x)) return {nullptr};
  return {e.like(x, 0)};
}

}  // namespace

SmallVector<Value> NegOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  return {Emitter(b, getLoc()).neg(dy[0])};
}

// sign(0) = 0, so that the derivative of |x| at 0 is taken to be 0.
SmallVector<Value> AbsOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  Emitter e(b, getLoc());
  return {e.mul(dy[0], e.make<SignOp>(getInput()))};
}

SmallVector<Value> SignOp::buildVjp(OpBuilder& b, ValueRange) {
  return zeroVjp({b, getLoc()}, getInput());
}
SmallVector<Value> FloorOp::buildVjp(OpBuilder& b, ValueRange) {
  return zeroVjp({b, getLoc()}, getInput());
}
SmallVector<Value> CeilOp::buildVjp(OpBuilder& b, ValueRange) {
  return zeroVjp({b, getLoc()}, getInput());
}
SmallVector<Value> RoundOp::buildVjp(OpBuilder& b, ValueRange) {
  return zeroVjp({b, getLoc()}, getInput());
}
SmallVector<Value> TruncOp::buildVjp(OpBuilder& b, ValueRange) {
  return zeroVjp({b, getLoc()}, getInput());
}

// d e^x = e^x dx, which reads the op's own result.
SmallVector<Value> ExpOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return {Emitter(b, getLoc()).mul(dy[0], getResult())};
}

// d log x = dx / x.
SmallVector<Value> LogOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return {Emitter(b, getLoc()).div(dy[0], getInput())};
}

// d 2^x = ln 2 * 2^x dx.
SmallVector<Value> Exp2Op::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.mul(dy[0], e.scale(getResult(), std::numbers::ln2))};
}

// d (e^x - 1) = e^x dx.
SmallVector<Value> Expm1Op::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.mul(dy[0], e.add(getResult(), e.like(getResult(), 1)))};
}

// d log2(x) = dx / (ln 2 * x).
SmallVector<Value> Log2Op::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.div(dy[0], e.scale(getInput(), std::numbers::ln2))};
}

// d log10(x) = dx / (ln 10 * x).
SmallVector<Value> Log10Op::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.div(dy[0], e.scale(getInput(), std::numbers::ln10))};
}

// d log(1 + x) = dx / (1 + x).
SmallVector<Value> Log1pOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.div(dy[0], e.add(getInput(), e.like(getInput(), 1)))};
}

// d sqrt(x) = dx / (2 sqrt(x)).
SmallVector<Value> SqrtOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.div(e.scale(dy[0], 0.5), getResult())};
}

// d x^(-1/2) = -1/2 x^(-3/2) dx = -1/2 y^3 dx.
SmallVector<Value> RsqrtOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  Value y = getResult();
  return {e.mul(e.scale(dy[0], -0.5), e.mul(y, e.mul(y, y)))};
}

// d tanh(x) = (1 - tanh(x)^2) dx.
SmallVector<Value> TanhOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  Value y = getResult();
  return {e.mul(dy[0], e.sub(e.like(y, 1), e.mul(y, y)))};
}

// d erf(x) = 2/sqrt(pi) exp(-x^2) dx.
SmallVector<Value> ErfOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  Value x = getInput();
  Value bell = e.make<ExpOp>(e.neg(e.mul(x, x)));
  return {e.mul(dy[0], e.scale(bell, 2 * std::numbers::inv_sqrtpi))};
}

SmallVector<Value> SinOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.mul(dy[0], e.make<CosOp>(getInput()))};
}

SmallVector<Value> CosOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.neg(e.mul(dy[0], e.make<SinOp>(getInput())))};
}

namespace {

// 1 / sqrt(1 - x^2). (1 - x)(1 + x) would be as exact, and its derivative NaN at 1.
Value arcSlope(Emitter& e, Value x) { return e.make<RsqrtOp>(e.sub(e.like(x, 1), e.mul(x, x))); }

}  // namespace

// d asin(x) = dx / sqrt(1 - x^2) = -d acos(x).
SmallVector<Value> AsinOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.mul(dy[0], arcSlope(e, getInput()))};
}

SmallVector<Value> AcosOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.neg(e.mul(dy[0], arcSlope(e, getInput())))};
}

// d atan(x) = dx / (1 + x^2).
SmallVector<Value> AtanOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  Value x = getInput();
  return {e.div(dy[0], e.add(e.like(x, 1), e.mul(x, x)))};
}

SmallVector<Value> SinhOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.mul(dy[0], e.make<CoshOp>(getInput()))};
}

SmallVector<Value> CoshOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  return {e.mul(dy[0], e.make<SinhOp>(getInput()))};
}

SmallVector<Value> AddOp::buildVjp(OpBuilder&, ValueRange dy) {
  if (!isFloat(getLhs())) return {nullptr, nullptr};
  return {dy[0], dy[0]};
}

SmallVector<Value> SubOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getLhs())) return {nullptr, nullptr};
  return {dy[0], Emitter(b, getLoc()).neg(dy[0])};
}

SmallVector<Value> MulOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getLhs())) return {nullptr, nullptr};
  Emitter e(b, getLoc());
  return {e.mul(dy[0], getRhs()), e.mul(dy[0], getLhs())};
}

// d (a / b) = da / b - (a / b) db / b.
SmallVector<Value> DivOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getLhs())) return {nullptr, nullptr};
  Emitter e(b, getLoc());
  Value da = e.div(dy[0], getRhs());
  return {da, e.neg(e.mul(da, getResult()))};
}

// d (a - trunc(a / b) b) = da - trunc(a / b) db.
SmallVector<Value> FmodOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getLhs())) return {nullptr, nullptr};
  Emitter e(b, getLoc());
  Value quotient = e.make<TruncOp>(e.div(getLhs(), getRhs()));
  return {dy[0], e.neg(e.mul(dy[0], quotient))};
}

// d atan2(a, b) = (b da - a db) / (a^2 + b^2).
SmallVector<Value> Atan2Op::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  Value y = getLhs(), x = getRhs();
  Value share = e.div(dy[0], e.add(e.mul(y, y), e.mul(x, x)));
  return {e.mul(share, x), e.neg(e.mul(share, y))};
}

// d a^b = b a^(b-1) da + a^b log(a) db. As in PyTorch, the first term is 0 where b is 0 and the
// second where a is 0 and b is not negative: there a^b is constant, while the formulas give NaN.
SmallVector<Value> PowOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  Value base = getLhs(), exponent = getRhs(), zero = e.like(base, 0), one = e.like(base, 1);
  Value flat = e.compare(Comparison::eq, exponent, zero);
  Value slope = e.mul(exponent, e.make<PowOp>(base, e.sub(exponent, one)));
  Value dBase = e.mul(dy[0], e.select(flat, zero, slope));
  Value constant = e.make<AndOp>(e.compare(Comparison::eq, base, zero),
                                 e.compare(Comparison::ge, exponent, zero));
  // The logarithm never sees the zero base, so that the derivative of this rule is finite too.
  Value growth = e.mul(getResult(), e.make<LogOp>(e.select(constant, one, base)));
  Value dExponent = e.mul(dy[0], e.select(constant, zero, growth));
  return {dBase, dExponent};
}

SmallVector<Value> MaximumOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return extremumVjp({b, getLoc()}, Comparison::gt, getLhs(), getRhs(), dy[0]);
}
SmallVector<Value> MinimumOp::buildVjp(OpBuilder& b, ValueRange dy) {
  return extremumVjp({b, getLoc()}, Comparison::lt, getLhs(), getRhs(), dy[0]);
}

SmallVector<Value> SelectOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getOnTrue())) return {nullptr, nullptr, nullptr};
  Emitter e(b, getLoc());
  Value zero = e.like(dy[0], 0);
  return {nullptr, e.select(getCondition(), dy[0], zero), e.select(getCondition(), zero, dy[0])};
}

SmallVector<Value> CastOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput()) || !isFloat(getResult())) return {nullptr};
  return {Emitter(b, getLoc()).cast(dy[0], tensorType(getInput()).getElementType())};
}

}  // namespace etch::ir
