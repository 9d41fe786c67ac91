// The scalar bodies of elementwise ops, as the lowering inlines them into loops.
#include "etch/ir/build.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace etch::ir {
namespace {

namespace arith = mlir::arith;
namespace math = mlir::math;
using llvm::APFloat;
using llvm::APInt;
using mlir::FloatType;
using mlir::Location;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

bool isFloat(Value scalar) { return llvm::isa<FloatType>(scalar.getType()); }

// ui8 and i1 arrive as signless integers; only the op's type still knows that they have no sign.
bool isUnsigned(Value tensor) {
  Type element = tensorType(tensor).getElementType();
  return element.isUnsignedInteger() || element.isInteger(1);
}

Value number(OpBuilder& b, Location loc, Type type, double value) {
  mlir::TypedAttr attr;
  if (llvm::isa<FloatType>(type))
    attr = b.getFloatAttr(type, value);
  else
    attr = b.getIntegerAttr(type, static_cast<int64_t>(value));
  return arith::ConstantOp::create(b, loc, attr);
}

Value integer(OpBuilder& b, Location loc, Type type, const APInt& value) {
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
}

template <typename OpTy>
Value make(OpBuilder& b, Location loc, ValueRange args) {
  return OpTy::create(b, loc, args);
}

template <typename FloatOp, typename SignedOp, typename UnsignedOp = SignedOp>
Value arithmetic(OpBuilder& b, Location loc, Value tensor, ValueRange x) {
  if (isFloat(x[0])) return FloatOp::create(b, loc, x[0], x[1]);
  if (isUnsigned(tensor)) return UnsignedOp::create(b, loc, x[0], x[1]);
  return SignedOp::create(b, loc, x[0], x[1]);
}

Value equals(OpBuilder& b, Location loc, Value x, double to) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x,
                               number(b, loc, x.getType(), to));
}

// x / d, truncating, without a trap: x / 0 is 0, and the smallest integer divided by -1 wraps.
Value divideIntegers(OpBuilder& b, Location loc, Value x, Value d, bool isUnsigned) {
  Value zero = number(b, loc, d.getType(), 0), one = number(b, loc, d.getType(), 1);
  Value isZero = equals(b, loc, d, 0);
  Value safe = arith::SelectOp::create(b, loc, isZero, one, d);
  Value quotient;
  if (isUnsigned) {
    quotient = arith::DivUIOp::create(b, loc, x, safe);
  } else {
    Value isMinusOne = equals(b, loc, d, -1);
    safe = arith::SelectOp::create(b, loc, isMinusOne, one, safe);
    quotient = arith::DivSIOp::create(b, loc, x, safe);
    Value negated = arith::SubIOp::create(b, loc, zero, x);
    quotient = arith::SelectOp::create(b, loc, isMinusOne, negated, quotient);
  }
  return arith::SelectOp::create(b, loc, isZero, zero, quotient);
}

// The rest of that division, x where d is 0. Division by -1 leaves none, but would trap.
Value integerRest(OpBuilder& b, Location loc, Value x, Value d, bool isUnsigned) {
  Value one = number(b, loc, d.getType(), 1), isZero = equals(b, loc, d, 0);
  Value safe = arith::SelectOp::create(b, loc, isZero, one, d);
  if (!isUnsigned) safe = arith::SelectOp::create(b, loc, equals(b, loc, d, -1), one, safe);
  Value rest = isUnsigned ? Value(arith::RemUIOp::create(b, loc, x, safe))
                          : Value(arith::RemSIOp::create(b, loc, x, safe));
  return arith::SelectOp::create(b, loc, isZero, x, rest);
}

// x shifted by `amount`, or `beyond` where the instruction does not allow it: an amount that is
// negative, which is large without a sign, or not below the width.
template <typename OpTy>
Value shift(OpBuilder& b, Location loc, Value x, Value amount, Value beyond) {
  Type type = x.getType();
  Value width = number(b, loc, type, type.getIntOrFloatBitWidth());
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, amount, width);
  Value safe = arith::SelectOp::create(b, loc, inside, amount, number(b, loc, type, 0));
  return arith::SelectOp::create(b, loc, inside, OpTy::create(b, loc, x, safe), beyond);
}

arith::CmpFPredicate floatPredicate(Comparison order) {
  switch (order) {
    case Comparison::eq:
      return arith::CmpFPredicate::OEQ;
    case Comparison::ne:
      return arith::CmpFPredicate::UNE;
    case Comparison::lt:
      return arith::CmpFPredicate::OLT;
    case Comparison::le:
      return arith::CmpFPredicate::OLE;
    case Comparison::gt:
      return arith::CmpFPredicate::OGT;
    case Comparison::ge:
      return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("a comparison is one of six");
}

arith::CmpIPredicate intPredicate(Comparison order, bool isUnsigned) {
  using P = arith::CmpIPredicate;
  switch (order) {
    case Comparison::eq:
      return P::eq;
    case Comparison::ne:
      return P::ne;
    case Comparison::lt:
      return isUnsigned ? P::ult : P::slt;
    case Comparison::le:
      return isUnsigned ? P::ule : P::sle;
    case Comparison::gt:
      return isUnsigned ? P::ugt : P::sgt;
    case Comparison::ge:
      return isUnsigned ? P::uge : P::sge;
  }
  llvm_unreachable("a comparison is one of six");
}

Value compareScalars(OpBuilder& b, Location loc, Comparison order, Value x, Value y,
                     bool isUnsigned) {
  if (isFloat(x)) return arith::CmpFOp::create(b, loc, floatPredicate(order), x, y);
  return arith::CmpIOp::create(b, loc, intPredicate(order, isUnsigned), x, y);
}

// Truncates towards zero. Outside the range of `type` the conversion instruction is undefined, so
// it only ever sees values inside; the others become the nearest end, and NaN 0.
Value floatToInt(OpBuilder& b, Location loc, Value x, Type type, bool isUnsigned) {
  unsigned width = type.getIntOrFloatBitWidth();
  APInt min = isUnsigned ? APInt::getZero(width) : APInt::getSignedMinValue(width);
  APInt max = isUnsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width);
  // The first value past the range, a power of two, is exact in every float; `max` itself is not.
  double past = std::ldexp(1.0, isUnsigned ? width : width - 1);
  Value low = number(b, loc, x.getType(), isUnsigned ? 0.0 : -past);
  Value end = number(b, loc, x.getType(), past);
  Value zeroFloat = number(b, loc, x.getType(), 0), zero = integer(b, loc, type, APInt(width, 0));
  Value above = compareScalars(b, loc, Comparison::ge, x, end, false);
  Value below = compareScalars(b, loc, Comparison::lt, x, low, false);
  Value notBelow = compareScalars(b, loc, Comparison::ge, x, low, false);
  Value notAbove = compareScalars(b, loc, Comparison::lt, x, end, false);
  Value inside = arith::AndIOp::create(b, loc, notBelow, notAbove);
  Value safe = arith::SelectOp::create(b, loc, inside, x, zeroFloat);
  Value converted = isUnsigned ? Value(arith::FPToUIOp::create(b, loc, type, safe))
                               : Value(arith::FPToSIOp::create(b, loc, type, safe));
  Value lowOrNan = arith::SelectOp::create(b, loc, below, integer(b, loc, type, min), zero);
  Value outside = arith::SelectOp::create(b, loc, above, integer(b, loc, type, max), lowOrNan);
  return arith::SelectOp::create(b, loc, inside, converted, outside);
}

// The type that an element of `tensor` has in a scalar body.
Type scalarType(OpBuilder& b, Value tensor) {
  Type element = tensorType(tensor).getElementType();
  unsigned width = element.getIntOrFloatBitWidth();
  if (llvm::isa<FloatType>(element)) return width < 32 ? b.getF32Type() : element;
  return b.getIntegerType(width);
}

Value intToInt(OpBuilder& b, Location loc, Value x, Type to, bool fromUnsigned) {
  unsigned fromWidth = x.getType().getIntOrFloatBitWidth(), width = to.getIntOrFloatBitWidth();
  if (fromWidth == width) return x;
  if (fromWidth > width) return arith::TruncIOp::create(b, loc, to, x);
  if (fromUnsigned) return arith::ExtUIOp::create(b, loc, to, x);
  return arith::ExtSIOp::create(b, loc, to, x);
}

}  // namespace

Value NegOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  if (isFloat(x[0])) return arith::NegFOp::create(b, loc, x[0]);
  return arith::SubIOp::create(b, loc, number(b, loc, x[0].getType(), 0), x[0]);
}

Value AbsOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  if (isFloat(x[0])) return math::AbsFOp::create(b, loc, x[0]);
  if (isUnsigned(getInput())) return x[0];
  return math::AbsIOp::create(b, loc, x[0]);
}

// What is neither above nor below 0 is 0 or NaN, and stays.
Value SignOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  Type type = x[0].getType();
  Value zero = number(b, loc, type, 0), one = number(b, loc, type, 1);
  bool noSign = isUnsigned(getInput());
  Value above = compareScalars(b, loc, Comparison::gt, x[0], zero, noSign);
  Value rest = x[0];
  if (!noSign) {
    Value below = compareScalars(b, loc, Comparison::lt, x[0], zero, false);
    rest = arith::SelectOp::create(b, loc, below, number(b, loc, type, -1), rest);
  }
  return arith::SelectOp::create(b, loc, above, one, rest);
}

Value ExpOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::ExpOp>(b, loc, x);
}
Value Exp2Op::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::Exp2Op>(b, loc, x);
}
Value Expm1Op::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::ExpM1Op>(b, loc, x);
}
Value Log2Op::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::Log2Op>(b, loc, x);
}
Value Log10Op::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::Log10Op>(b, loc, x);
}
Value Log1pOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::Log1pOp>(b, loc, x);
}
Value LogOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::LogOp>(b, loc, x);
}
Value SqrtOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::SqrtOp>(b, loc, x);
}
Value RsqrtOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::RsqrtOp>(b, loc, x);
}
Value TanhOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::TanhOp>(b, loc, x);
}
Value ErfOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::ErfOp>(b, loc, x);
}
Value SinOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::SinOp>(b, loc, x);
}
Value CosOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::CosOp>(b, loc, x);
}
Value AsinOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::AsinOp>(b, loc, x);
}
Value AcosOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::AcosOp>(b, loc, x);
}
Value AtanOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::AtanOp>(b, loc, x);
}
Value SinhOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::SinhOp>(b, loc, x);
}
Value CoshOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::CoshOp>(b, loc, x);
}
Value FloorOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::FloorOp>(b, loc, x);
}
Value CeilOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::CeilOp>(b, loc, x);
}
Value RoundOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::RoundEvenOp>(b, loc, x);
}
Value TruncOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::TruncOp>(b, loc, x);
}
Value DetachOp::buildScalar(OpBuilder&, Location, ValueRange x) { return x[0]; }

Value NotOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  APInt ones = APInt::getAllOnes(x[0].getType().getIntOrFloatBitWidth());
  return arith::XOrIOp::create(b, loc, x[0], integer(b, loc, x[0].getType(), ones));
}

Value AddOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return arithmetic<arith::AddFOp, arith::AddIOp>(b, loc, getLhs(), x);
}
Value SubOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return arithmetic<arith::SubFOp, arith::SubIOp>(b, loc, getLhs(), x);
}
Value MulOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return arithmetic<arith::MulFOp, arith::MulIOp>(b, loc, getLhs(), x);
}
Value DivOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  if (isFloat(x[0])) return arith::DivFOp::create(b, loc, x[0], x[1]);
  return divideIntegers(b, loc, x[0], x[1], isUnsigned(getLhs()));
}
Value FmodOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  if (isFloat(x[0])) return arith::RemFOp::create(b, loc, x[0], x[1]);
  return integerRest(b, loc, x[0], x[1], isUnsigned(getLhs()));
}
Value Atan2Op::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::Atan2Op>(b, loc, x);
}
Value PowOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<math::PowFOp>(b, loc, x);
}
Value MaximumOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return arithmetic<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(b, loc, getLhs(), x);
}
Value MinimumOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return arithmetic<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(b, loc, getLhs(), x);
}
Value AndOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<arith::AndIOp>(b, loc, x);
}
Value OrOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<arith::OrIOp>(b, loc, x);
}
Value XorOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return make<arith::XOrIOp>(b, loc, x);
}

Value ShiftLeftOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return shift<arith::ShLIOp>(b, loc, x[0], x[1], number(b, loc, x[0].getType(), 0));
}
Value ShiftRightOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  Type type = x[0].getType();
  if (isUnsigned(getLhs()))
    return shift<arith::ShRUIOp>(b, loc, x[0], x[1], number(b, loc, type, 0));
  // Only the sign is left.
  Value last = number(b, loc, type, type.getIntOrFloatBitWidth() - 1);
  return shift<arith::ShRSIOp>(b, loc, x[0], x[1], arith::ShRSIOp::create(b, loc, x[0], last));
}

Value CompareOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return compareScalars(b, loc, getOrder(), x[0], x[1], isUnsigned(getLhs()));
}

Value SelectOp::buildScalar(OpBuilder& b, Location loc, ValueRange x) {
  return arith::SelectOp::create(b, loc, x[0], x[1], x[2]);
}

Value CastOp::buildScalar(OpBuilder& b, Location loc, ValueRange args) {
  Value x = args[0];
  Type to = scalarType(b, getResult());
  bool fromUnsigned = isUnsigned(getInput()), toUnsigned = isUnsigned(getResult());
  if (to.isInteger(1))
    return compareScalars(b, loc, Comparison::ne, x, number(b, loc, x.getType(), 0), true);
  if (isFloat(x)) {
    if (!llvm::isa<FloatType>(to)) return floatToInt(b, loc, x, to, toUnsigned);
    unsigned from = x.getType().getIntOrFloatBitWidth(), width = to.getIntOrFloatBitWidth();
    if (from == width) return x;
    if (from < width) return arith::ExtFOp::create(b, loc, to, x);
    return arith::TruncFOp::create(b, loc, to, x);
  }
  if (!llvm::isa<FloatType>(to)) return intToInt(b, loc, x, to, fromUnsigned);
  if (fromUnsigned) return arith::UIToFPOp::create(b, loc, to, x);
  return arith::SIToFPOp::create(b, loc, to, x);
}

}  // namespace etch::ir
