// Scalars of the elementwise ops. Integers are computed in 64 bits, modulo 2^64; the caller wraps
// the answer to the element type.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "etch/ir/dialect.h"

using namespace mlir;

namespace etch::ir {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename Float, typename Int>
Scalar apply(ArrayRef<Scalar> args, Float onFloats, Int onInts) {
  if constexpr (std::is_invocable_v<Float, double>) {
    return args[0].is_float ? Scalar::ofFloat(onFloats(args[0].f))
                            : Scalar::ofInt(onInts(args[0].i));
  } else {
    return args[0].is_float ? Scalar::ofFloat(onFloats(args[0].f, args[1].f))
                            : Scalar::ofInt(onInts(args[0].i, args[1].i));
  }
}

// Signed overflow is undefined in C++, unsigned wraps.
template <typename Op>
int64_t wrapping(Op op, int64_t a, int64_t b) {
  return static_cast<int64_t>(op(static_cast<uint64_t>(a), static_cast<uint64_t>(b)));
}

int64_t negate(int64_t x) { return wrapping(std::minus<>(), 0, x); }

int64_t divide(int64_t a, int64_t b) {
  if (b == 0) return 0;
  return b == -1 ? negate(a) : a / b;
}

int64_t rest(int64_t a, int64_t b) {
  if (b == 0) return a;
  return b == -1 ? 0 : a % b;
}

int64_t widthOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth();
}

double larger(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return kNan;
  return a > b ? a : b;
}

double smaller(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return kNan;
  return a < b ? a : b;
}

template <typename T>
bool compare(Comparison order, T a, T b) {
  switch (order) {
    case Comparison::eq:
      return a == b;
    case Comparison::ne:
      return a != b;
    case Comparison::lt:
      return a < b;
    case Comparison::le:
      return a <= b;
    case Comparison::gt:
      return a > b;
    case Comparison::ge:
      return a >= b;
  }
  llvm_unreachable("no such comparison");
}

// Truncates towards zero into [lowest, highest] of `type`; NaN becomes 0.
int64_t saturate(double x, IntegerType type) {
  if (std::isnan(x)) return 0;
  unsigned bits = type.isUnsigned() ? type.getWidth() : type.getWidth() - 1;
  double bound = std::ldexp(1.0, bits);  // one past the highest
  if (x >= bound) return static_cast<int64_t>((uint64_t{1} << bits) - 1);
  return static_cast<int64_t>(std::max(std::trunc(x), type.isUnsigned() ? 0 : -bound));
}

}  // namespace

#define ETCH_FLOAT_UNARY(Op, expression)             \
  Scalar Op::evaluateScalar(ArrayRef<Scalar> args) { \
    double x = args[0].f;                            \
    return Scalar::ofFloat(expression);              \
  }
ETCH_FLOAT_UNARY(ExpOp, std::exp(x))
ETCH_FLOAT_UNARY(Exp2Op, std::exp2(x))
ETCH_FLOAT_UNARY(Expm1Op, std::expm1(x))
ETCH_FLOAT_UNARY(LogOp, std::log(x))
ETCH_FLOAT_UNARY(Log2Op, std::log2(x))
ETCH_FLOAT_UNARY(Log10Op, std::log10(x))
ETCH_FLOAT_UNARY(Log1pOp, std::log1p(x))
ETCH_FLOAT_UNARY(SqrtOp, std::sqrt(x))
ETCH_FLOAT_UNARY(RsqrtOp, 1 / std::sqrt(x))
ETCH_FLOAT_UNARY(TanhOp, std::tanh(x))
ETCH_FLOAT_UNARY(ErfOp, std::erf(x))
ETCH_FLOAT_UNARY(SinOp, std::sin(x))
ETCH_FLOAT_UNARY(CosOp, std::cos(x))
ETCH_FLOAT_UNARY(AsinOp, std::asin(x))
ETCH_FLOAT_UNARY(AcosOp, std::acos(x))
ETCH_FLOAT_UNARY(AtanOp, std::atan(x))
ETCH_FLOAT_UNARY(SinhOp, std::sinh(x))
ETCH_FLOAT_UNARY(CoshOp, std::cosh(x))
ETCH_FLOAT_UNARY(TruncOp, std::trunc(x))
ETCH_FLOAT_UNARY(FloorOp, std::floor(x))
ETCH_FLOAT_UNARY(CeilOp, std::ceil(x))
// The default rounding mode is to nearest, ties to even.
ETCH_FLOAT_UNARY(RoundOp, std::nearbyint(x))
#undef ETCH_FLOAT_UNARY

Scalar NegOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(
      args, [](double x) { return -x; }, negate);
}

Scalar AbsOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(
      args, [](double x) { return std::fabs(x); }, [](int64_t x) { return x < 0 ? negate(x) : x; });
}

Scalar SignOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(
      args, [](double x) { return std::isnan(x) ? x : (x > 0) - (x < 0); },
      [](int64_t x) -> int64_t { return (x > 0) - (x < 0); });
}

Scalar DetachOp::evaluateScalar(ArrayRef<Scalar> args) { return args[0]; }

Scalar NotOp::evaluateScalar(ArrayRef<Scalar> args) { return Scalar::ofInt(~args[0].i); }

Scalar AddOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(args, std::plus<double>(),
               [](int64_t a, int64_t b) { return wrapping(std::plus<>(), a, b); });
}

Scalar SubOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(args, std::minus<double>(),
               [](int64_t a, int64_t b) { return wrapping(std::minus<>(), a, b); });
}

Scalar MulOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(args, std::multiplies<double>(),
               [](int64_t a, int64_t b) { return wrapping(std::multiplies<>(), a, b); });
}

Scalar DivOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(args, std::divides<double>(), divide);
}

Scalar FmodOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(
      args, [](double a, double b) { return std::fmod(a, b); }, rest);
}

Scalar Atan2Op::evaluateScalar(ArrayRef<Scalar> args) {
  return Scalar::ofFloat(std::atan2(args[0].f, args[1].f));
}

Scalar PowOp::evaluateScalar(ArrayRef<Scalar> args) {
  return Scalar::ofFloat(std::pow(args[0].f, args[1].f));
}

Scalar MaximumOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(args, larger, [](int64_t a, int64_t b) { return std::max(a, b); });
}

Scalar MinimumOp::evaluateScalar(ArrayRef<Scalar> args) {
  return apply(args, smaller, [](int64_t a, int64_t b) { return std::min(a, b); });
}

Scalar AndOp::evaluateScalar(ArrayRef<Scalar> args) { return Scalar::ofInt(args[0].i & args[1].i); }
Scalar OrOp::evaluateScalar(ArrayRef<Scalar> args) { return Scalar::ofInt(args[0].i | args[1].i); }
Scalar XorOp::evaluateScalar(ArrayRef<Scalar> args) { return Scalar::ofInt(args[0].i ^ args[1].i); }

Scalar ShiftLeftOp::evaluateScalar(ArrayRef<Scalar> args) {
  int64_t by = args[1].i;
  if (by < 0 || by >= widthOf(getLhs())) return Scalar::ofInt(0);
  return Scalar::ofInt(static_cast<int64_t>(static_cast<uint64_t>(args[0].i) << by));
}

Scalar ShiftRightOp::evaluateScalar(ArrayRef<Scalar> args) {
  int64_t by = args[1].i;
  if (by < 0 || by >= widthOf(getLhs())) return Scalar::ofInt(args[0].i < 0 ? -1 : 0);
  return Scalar::ofInt(args[0].i >> by);
}

Scalar CompareOp::evaluateScalar(ArrayRef<Scalar> args) {
  return Scalar::ofInt(args[0].is_float ? compare(getOrder(), args[0].f, args[1].f)
                                        : compare(getOrder(), args[0].i, args[1].i));
}

Scalar SelectOp::evaluateScalar(ArrayRef<Scalar> args) { return args[0].i ? args[1] : args[2]; }

Scalar CastOp::evaluateScalar(ArrayRef<Scalar> args) {
  Type target = getDtype();
  if (isa<FloatType>(target)) return Scalar::ofFloat(args[0].asDouble());
  if (target.isInteger(1)) return Scalar::ofInt(args[0].asDouble() != 0);
  return args[0].is_float ? Scalar::ofInt(saturate(args[0].f, cast<IntegerType>(target))) : args[0];
}

}  // namespace etch::ir
