#include "etch/frontend/ops/elementwise.h"

#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT: the functions below are the public face of that namespace.

namespace {

Tensor require_number(const Site& site, const Tensor& x) {
  require_defined(site, x);
  if (x.dtype() == boolean) fail(site, "not defined for booleans; cast first");
  return x;
}

template <typename Op>
Tensor number_function(const char* name, const Tensor& x, Loc loc) {
  Site site{name, loc};
  return unary<Op>(site, require_number(site, x));
}

template <typename Op>
Tensor float_function(const char* name, const Tensor& x, Loc loc) {
  Site site{name, loc};
  return unary<Op>(site, as_float(site, x));
}

// Integers are their own.
template <typename Op>
Tensor rounding(const char* name, const Tensor& x, Loc loc) {
  Site site{name, loc};
  require_number(site, x);
  return is_floating(x.dtype()) ? unary<Op>(site, x) : x;
}

// A formula of several ops, for f16 and bf16 computed in f32 and rounded once.
template <typename Formula>
Tensor in_wide_floats(const Site& site, const Tensor& x, Formula formula) {
  Tensor v = as_float(site, x);
  return cast_to(site, formula(widen(site, v)), v.dtype());
}

// x * factor, the factor being part of the definition of the function at hand.
Tensor scaled(const Site& site, const Tensor& x, double factor) {
  return binary<ir::MulOp>(site, x, constant_like(site, factor, x));
}
Tensor shifted(const Site& site, const Tensor& x, double offset) {
  return binary<ir::AddOp>(site, x, constant_like(site, offset, x));
}

// 1 / (1 + e^-x) of f32 or f64. Below the limit e^(2|x|) overflows, and with it the derivative.
Tensor logistic(const Site& site, const Tensor& x) {
  Tensor low = constant_like(site, x.dtype() == f64 ? -350 : -43, x);
  Tensor v = select_where(site, compare_with(site, ir::Comparison::lt, x, low), low, x);
  Tensor e = unary<ir::ExpOp>(site, unary<ir::NegOp>(site, v));
  return binary<ir::DivOp>(site, constant_like(site, 1, e), shifted(site, e, 1));
}

// exact: x/2 (1 + erf(x / sqrt 2));  tanh: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
Tensor gaussian_error_unit(const Site& site, const Tensor& x, bool tanh_approximation) {
  Tensor t;
  if (tanh_approximation) {
    Tensor cube = binary<ir::MulOp>(site, binary<ir::MulOp>(site, x, x), x);
    Tensor inner = binary<ir::AddOp>(site, x, scaled(site, cube, 0.044715));
    t = unary<ir::TanhOp>(site, scaled(site, inner, std::sqrt(2 / std::numbers::pi)));
  } else {
    t = unary<ir::ErfOp>(site, scaled(site, x, 1 / std::numbers::sqrt2));
  }
  return binary<ir::MulOp>(site, scaled(site, x, 0.5), shifted(site, t, 1));
}

}  // namespace

Tensor neg(const Tensor& x, Loc loc) { return number_function<ir::NegOp>("neg", x, loc); }
Tensor abs(const Tensor& x, Loc loc) { return number_function<ir::AbsOp>("abs", x, loc); }
Tensor sign(const Tensor& x, Loc loc) {
  Site site{"sign", loc};
  require_defined(site, x);
  return x.dtype() == boolean ? x : unary<ir::SignOp>(site, x);
}
Tensor square(const Tensor& x, Loc loc) {
  Site site{"square", loc};
  require_defined(site, x);
  Tensor v = x.dtype() == boolean ? cast_to(site, x, i64) : x;
  return binary<ir::MulOp>(site, v, v);
}

Tensor exp(const Tensor& x, Loc loc) { return float_function<ir::ExpOp>("exp", x, loc); }
Tensor exp2(const Tensor& x, Loc loc) { return float_function<ir::Exp2Op>("exp2", x, loc); }
Tensor expm1(const Tensor& x, Loc loc) { return float_function<ir::Expm1Op>("expm1", x, loc); }
Tensor log(const Tensor& x, Loc loc) { return float_function<ir::LogOp>("log", x, loc); }
Tensor log2(const Tensor& x, Loc loc) { return float_function<ir::Log2Op>("log2", x, loc); }
Tensor log10(const Tensor& x, Loc loc) { return float_function<ir::Log10Op>("log10", x, loc); }
Tensor log1p(const Tensor& x, Loc loc) { return float_function<ir::Log1pOp>("log1p", x, loc); }
Tensor sqrt(const Tensor& x, Loc loc) { return float_function<ir::SqrtOp>("sqrt", x, loc); }
Tensor rsqrt(const Tensor& x, Loc loc) { return float_function<ir::RsqrtOp>("rsqrt", x, loc); }
Tensor reciprocal(const Tensor& x, Loc loc) {
  Site site{"reciprocal", loc};
  Tensor v = as_float(site, x);
  return binary<ir::DivOp>(site, constant_like(site, 1, v), v);
}

Tensor sin(const Tensor& x, Loc loc) { return float_function<ir::SinOp>("sin", x, loc); }
Tensor cos(const Tensor& x, Loc loc) { return float_function<ir::CosOp>("cos", x, loc); }
Tensor tan(const Tensor& x, Loc loc) {
  Site site{"tan", loc};
  return in_wide_floats(site, x, [&](const Tensor& v) {
    return binary<ir::DivOp>(site, unary<ir::SinOp>(site, v), unary<ir::CosOp>(site, v));
  });
}
Tensor asin(const Tensor& x, Loc loc) { return float_function<ir::AsinOp>("asin", x, loc); }
Tensor acos(const Tensor& x, Loc loc) { return float_function<ir::AcosOp>("acos", x, loc); }
Tensor atan(const Tensor& x, Loc loc) { return float_function<ir::AtanOp>("atan", x, loc); }
Tensor sinh(const Tensor& x, Loc loc) { return float_function<ir::SinhOp>("sinh", x, loc); }
Tensor cosh(const Tensor& x, Loc loc) { return float_function<ir::CoshOp>("cosh", x, loc); }
Tensor tanh(const Tensor& x, Loc loc) { return float_function<ir::TanhOp>("tanh", x, loc); }
Tensor erf(const Tensor& x, Loc loc) { return float_function<ir::ErfOp>("erf", x, loc); }

Tensor floor(const Tensor& x, Loc loc) { return rounding<ir::FloorOp>("floor", x, loc); }
Tensor ceil(const Tensor& x, Loc loc) { return rounding<ir::CeilOp>("ceil", x, loc); }
Tensor round(const Tensor& x, Loc loc) { return rounding<ir::RoundOp>("round", x, loc); }
Tensor trunc(const Tensor& x, Loc loc) { return rounding<ir::TruncOp>("trunc", x, loc); }
Tensor frac(const Tensor& x, Loc loc) {
  Site site{"frac", loc};
  require_float(site, x);
  return binary<ir::SubOp>(site, x, unary<ir::TruncOp>(site, x));
}

Tensor sigmoid(const Tensor& x, Loc loc) {
  Site site{"sigmoid", loc};
  return in_wide_floats(site, x, [&](const Tensor& v) { return logistic(site, v); });
}

// Not maximum(x, 0): the derivative at 0 is 0, and NaN stays NaN.
Tensor relu(const Tensor& x, Loc loc) {
  Site site{"relu", loc};
  require_number(site, x);
  Tensor zero = constant_like(site, 0, x);
  return select_where(site, compare_with(site, ir::Comparison::le, x, zero), zero, x);
}

Tensor silu(const Tensor& x, Loc loc) {
  Site site{"silu", loc};
  return in_wide_floats(
      site, x, [&](const Tensor& v) { return binary<ir::MulOp>(site, v, logistic(site, v)); });
}

Tensor gelu(const Tensor& x, bool tanh_approximation, Loc loc) {
  Site site{"gelu", loc};
  return in_wide_floats(
      site, x, [&](const Tensor& v) { return gaussian_error_unit(site, v, tanh_approximation); });
}

Tensor cast(const Tensor& x, DType dtype, Loc loc) { return cast_to({"cast", loc}, x, dtype); }

}  // namespace etch
