// One-to-one functions of tensors and the composites built of them.
#include "etch/frontend/ops/elementwise.h"

#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT: the functions below are the public face of that namespace.

namespace {

// Signed numbers only: PyTorch refuses to negate a boolean as well.
Tensor require_number(const Site& site, const Tensor& x) {
  require_defined(site, x);
  if (x.dtype() == boolean) fail(site, "not defined for booleans; cast first");
  return x;
}

template <typename Op>
Tensor float_function(const char* name, const Tensor& x, Loc loc) {
  Site site{name, loc};
  return unary<Op>(site, as_float(site, x));
}

// x * factor, the factor being part of the definition of the function at hand.
Tensor scaled(const Site& site, const Tensor& x, double factor) {
  return binary<ir::MulOp>(site, x, constant_like(site, factor, x));
}
Tensor shifted(const Site& site, const Tensor& x, double offset) {
  return binary<ir::AddOp>(site, x, constant_like(site, offset, x));
}

// Below this, e^(2|x|) overflows, and with it the derivative of 1 / (1 + e^-x).
double sigmoid_floor(DType dtype) { return dtype == f64 ? -350 : dtype == f16 ? -5 : -43; }

}  // namespace

Tensor neg(const Tensor& x, Loc loc) {
  return unary<ir::NegOp>({"neg", loc}, require_number({"neg", loc}, x));
}
Tensor abs(const Tensor& x, Loc loc) {
  return unary<ir::AbsOp>({"abs", loc}, require_number({"abs", loc}, x));
}
Tensor sign(const Tensor& x, Loc loc) {
  return unary<ir::SignOp>({"sign", loc}, require_number({"sign", loc}, x));
}
Tensor exp(const Tensor& x, Loc loc) { return float_function<ir::ExpOp>("exp", x, loc); }
Tensor log(const Tensor& x, Loc loc) { return float_function<ir::LogOp>("log", x, loc); }
Tensor expm1(const Tensor& x, Loc loc) { return float_function<ir::Expm1Op>("expm1", x, loc); }
Tensor log1p(const Tensor& x, Loc loc) { return float_function<ir::Log1pOp>("log1p", x, loc); }
Tensor sqrt(const Tensor& x, Loc loc) { return float_function<ir::SqrtOp>("sqrt", x, loc); }
Tensor rsqrt(const Tensor& x, Loc loc) { return float_function<ir::RsqrtOp>("rsqrt", x, loc); }
Tensor tanh(const Tensor& x, Loc loc) { return float_function<ir::TanhOp>("tanh", x, loc); }
Tensor erf(const Tensor& x, Loc loc) { return float_function<ir::ErfOp>("erf", x, loc); }
Tensor sin(const Tensor& x, Loc loc) { return float_function<ir::SinOp>("sin", x, loc); }
Tensor cos(const Tensor& x, Loc loc) { return float_function<ir::CosOp>("cos", x, loc); }
Tensor floor(const Tensor& x, Loc loc) { return float_function<ir::FloorOp>("floor", x, loc); }
Tensor ceil(const Tensor& x, Loc loc) { return float_function<ir::CeilOp>("ceil", x, loc); }
Tensor round(const Tensor& x, Loc loc) { return float_function<ir::RoundOp>("round", x, loc); }

Tensor sigmoid(const Tensor& x, Loc loc) {
  Site site{"sigmoid", loc};
  Tensor v = as_float(site, x);
  Tensor low = constant_like(site, sigmoid_floor(v.dtype()), v);
  v = select_where(site, compare_with(site, ir::Comparison::lt, v, low), low, v);
  Tensor one = constant_like(site, 1, v);
  Tensor e = unary<ir::ExpOp>(site, unary<ir::NegOp>(site, v));
  return binary<ir::DivOp>(site, one, binary<ir::AddOp>(site, one, e));
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
  Tensor v = as_float(site, x);
  return binary<ir::MulOp>(site, v, sigmoid(v, loc));
}

Tensor square(const Tensor& x, Loc loc) {
  return binary<ir::MulOp>({"square", loc}, require_number({"square", loc}, x), x);
}

Tensor logical_not(const Tensor& x, Loc loc) {
  Site site{"logical_not", loc};
  return unary<ir::NotOp>(site, cast_to(site, x, boolean));
}

// exact: x/2 (1 + erf(x / sqrt 2));  tanh: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
Tensor gelu(const Tensor& x, bool tanh_approximation, Loc loc) {
  Site site{"gelu", loc};
  Tensor v = as_float(site, x);
  Tensor t;
  if (tanh_approximation) {
    Tensor cube = binary<ir::MulOp>(site, binary<ir::MulOp>(site, v, v), v);
    Tensor inner = binary<ir::AddOp>(site, v, scaled(site, cube, 0.044715));
    t = unary<ir::TanhOp>(site, scaled(site, inner, std::sqrt(2 / std::numbers::pi)));
  } else {
    t = unary<ir::ErfOp>(site, scaled(site, v, 1 / std::numbers::sqrt2));
  }
  return binary<ir::MulOp>(site, scaled(site, v, 0.5), shifted(site, t, 1));
}

Tensor clamp(const Tensor& x, double low, double high, Loc loc) {
  Site site{"clamp", loc};
  require_number(site, x);
  bool whole = std::floor(low) == low && std::floor(high) == high;
  Pair bounded = align_number(site, x, low, whole);
  DType dtype = bounded.a.dtype();
  Tensor raised = select_where(site, compare_with(site, ir::Comparison::lt, bounded.a, bounded.b),
                               bounded.b, bounded.a);
  Tensor top = number(site, high, dtype, x.shape());
  return select_where(site, compare_with(site, ir::Comparison::gt, raised, top), top, raised);
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b, Loc loc) {
  Site site{"where", loc};
  Pair values = align(site, a, b, result_type(a, b));
  Shape shape = broadcast_shapes(site, condition.shape(), values.a.shape());
  return select_where(site, broadcast_to(site, cast_to(site, condition, boolean), shape),
                      broadcast_to(site, values.a, shape), broadcast_to(site, values.b, shape));
}

Tensor where(const Tensor& condition, const Tensor& a, double b, Loc loc) {
  Site site{"where", loc};
  Shape shape = broadcast_shapes(site, condition.shape(), a.shape());
  Pair values = align_number(site, broadcast_to(site, a, shape), b, std::floor(b) == b);
  return select_where(site, broadcast_to(site, cast_to(site, condition, boolean), shape), values.a,
                      values.b);
}

Tensor cast(const Tensor& x, DType dtype, Loc loc) { return cast_to({"cast", loc}, x, dtype); }

}  // namespace etch
