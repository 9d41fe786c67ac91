#include "etch/frontend/ops/arithmetic.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/elementwise.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// Booleans are added and multiplied as sets are: by "or" and "and".
template <typename Op, typename BoolOp>
Tensor arithmetic(const Site& site, const Pair& pair) {
  if (pair.a.dtype() == boolean) return binary<BoolOp>(site, pair);
  return binary<Op>(site, pair);
}

Tensor subtract(const Site& site, const Pair& pair) {
  if (pair.a.dtype() == boolean) {
    fail(site, "two booleans have no difference; use logical_xor or logical_not, or cast first");
  }
  return binary<ir::SubOp>(site, pair);
}

Tensor divide(const Site& site, const Pair& pair) {
  return binary<ir::DivOp>(site, as_float(site, pair.a), as_float(site, pair.b));
}

Pair require_numbers(const Site& site, const Pair& pair) {
  if (pair.a.dtype() == boolean) fail(site, "not defined for two booleans; cast first");
  return pair;
}

// Where the truncated division of a by b, with this rest, is not the one that rounds down.
Tensor rounds_up(const Site& site, const Tensor& rest, const Tensor& b) {
  Tensor zero = constant_like(site, 0, rest);
  Tensor differ = binary<ir::XorOp>(site, compare_with(site, ir::Comparison::lt, b, zero),
                                    compare_with(site, ir::Comparison::lt, rest, zero));
  return binary<ir::AndOp>(site, compare_with(site, ir::Comparison::ne, rest, zero), differ);
}

Tensor truncated_rest(const Site& site, const Pair& pair) {
  require_numbers(site, pair);
  return binary<ir::FmodOp>(site, pair);
}

Tensor floored_rest(const Site& site, const Pair& pair) {
  require_numbers(site, pair);
  Tensor a = widen(site, pair.a), b = widen(site, pair.b);
  Tensor rest = binary<ir::FmodOp>(site, a, b);
  Tensor up = rounds_up(site, rest, b);
  // An integer divided by 0 has itself as the rest, and 0 added changes nothing.
  Tensor y = select_where(site, up, binary<ir::AddOp>(site, rest, b), rest);
  return cast_to(site, y, pair.a.dtype());
}

// Of floats as Python has it: from the rest, which is exact, since floor(a / b) is 1 too large
// where a / b rounds up to a whole number.
Tensor floored_quotient(const Site& site, const Pair& pair) {
  require_numbers(site, pair);
  Tensor a = widen(site, pair.a), b = widen(site, pair.b);
  Tensor rest = binary<ir::FmodOp>(site, a, b);
  Tensor one = constant_like(site, 1, a), up = rounds_up(site, rest, b);
  if (!is_floating(a.dtype())) {
    Tensor quotient = binary<ir::DivOp>(site, a, b), zero = constant_like(site, 0, a);
    up = binary<ir::AndOp>(site, up, compare_with(site, ir::Comparison::ne, b, zero));
    return select_where(site, up, binary<ir::SubOp>(site, quotient, one), quotient);
  }
  Tensor whole = binary<ir::DivOp>(site, binary<ir::SubOp>(site, a, rest), b);
  whole = select_where(site, up, binary<ir::SubOp>(site, whole, one), whole);
  // `whole` is a rounding error away from a whole number.
  Tensor down = unary<ir::FloorOp>(site, whole);
  Tensor missing = compare_with(site, ir::Comparison::gt, binary<ir::SubOp>(site, whole, down),
                                constant_like(site, 0.5, a));
  Tensor quotient = select_where(site, missing, binary<ir::AddOp>(site, down, one), down);
  Tensor by_zero = compare_with(site, ir::Comparison::eq, b, constant_like(site, 0, b));
  quotient = select_where(site, by_zero, binary<ir::DivOp>(site, a, b), quotient);
  return cast_to(site, quotient, pair.a.dtype());
}

Tensor truncated_quotient(const Site& site, const Pair& pair) {
  require_numbers(site, pair);
  Tensor quotient = binary<ir::DivOp>(site, pair);
  return is_floating(quotient.dtype()) ? unary<ir::TruncOp>(site, quotient) : quotient;
}

// By squaring, over the six low bits of the exponent: beyond 63, only 0, 1 and -1 have powers that
// fit, and for those it is the parity that counts.
Tensor integer_power(const Site& site, const Tensor& base, const Tensor& exponent) {
  Tensor zero = constant_like(site, 0, base), one = constant_like(site, 1, base);
  Tensor odd = compare_with(site, ir::Comparison::ne, binary<ir::AndOp>(site, exponent, one), zero);
  Tensor parity = select_where(site, odd, one, zero);
  Tensor limit = constant_like(site, 63, base);
  Tensor large = compare_with(site, ir::Comparison::gt, exponent, limit);
  Tensor bits = select_where(
      site, large, binary<ir::AddOp>(site, constant_like(site, 62, base), parity), exponent);
  Tensor power = one, square = base;
  for (int i = 0; i < 6; ++i) {
    Tensor bit = constant_like(site, 1 << i, base);
    Tensor has = compare_with(site, ir::Comparison::ne, binary<ir::AndOp>(site, bits, bit), zero);
    power = select_where(site, has, binary<ir::MulOp>(site, power, square), power);
    square = binary<ir::MulOp>(site, square, square);
  }
  if (base.dtype() == u8) return power;
  // 1 / base^n is whole for 1 and -1 alone.
  Tensor minus = constant_like(site, -1, base);
  Tensor inverse = select_where(site, compare_with(site, ir::Comparison::eq, base, minus),
                                select_where(site, odd, minus, one), zero);
  inverse = select_where(site, compare_with(site, ir::Comparison::eq, base, one), one, inverse);
  return select_where(site, compare_with(site, ir::Comparison::lt, exponent, zero), inverse, power);
}

Tensor power(const Site& site, const Pair& pair) {
  require_numbers(site, pair);
  if (!is_floating(pair.a.dtype())) return integer_power(site, pair.a, pair.b);
  return binary<ir::PowOp>(site, pair);
}

// Small exponents have cheaper and more accurate forms.
Tensor static_power(const Site& site, const Tensor& a, const Number& exponent) {
  double n = exponent.value();
  if (!is_floating(a.dtype()) && exponent.is_integer() && n < 0) {
    fail(site, absl::StrCat("integers have no whole power of ", n, "; cast first"));
  }
  Tensor x = align_number(site, a, exponent).a;
  if (x.dtype() == boolean) fail(site, "not defined for two booleans; cast first");
  if (n == 1) return x;
  if (n == 2) return binary<ir::MulOp>(site, x, x);
  if (n == 3) return binary<ir::MulOp>(site, binary<ir::MulOp>(site, x, x), x);
  if (is_floating(x.dtype())) {
    if (n == 0.5) return unary<ir::SqrtOp>(site, x);
    if (n == -0.5) return unary<ir::RsqrtOp>(site, x);
    if (n == -1) return binary<ir::DivOp>(site, constant_like(site, 1, x), x);
  }
  return power(site, {x, constant_like(site, n, x)});
}

template <typename Op>
Tensor bitwise(const Site& site, const Pair& pair) {
  if (is_floating(pair.a.dtype())) {
    fail(site, absl::StrCat("wants integers or booleans, not ", type_of(pair.a), "; cast first"));
  }
  return binary<Op>(site, pair);
}

template <typename Op>
Tensor shift(const Site& site, const Pair& pair) {
  return bitwise<Op>(site, require_numbers(site, pair));
}

// The names under which the operators and the functions of one meaning fail alike.
Tensor add_at(const Site& site, const Pair& pair) {
  return arithmetic<ir::AddOp, ir::OrOp>(site, pair);
}
Tensor mul_at(const Site& site, const Pair& pair) {
  return arithmetic<ir::MulOp, ir::AndOp>(site, pair);
}

using Rule = Tensor (*)(const Site&, const Pair&);
Tensor apply(Rule rule, const char* name, const Tensor& a, const TensorOrNumber& b, Loc loc) {
  Site site{name, loc};
  return rule(site, align_operands(site, a, b));
}
// With the number as the left operand.
Tensor apply(Rule rule, const char* name, const Number& a, const Tensor& b) {
  Site site{name, a.loc()};
  if (!b.defined()) fail(site, "the right operand is an empty tensor");
  Pair pair = align_number(site, b, a);
  return rule(site, {pair.b, pair.a});
}

}  // namespace

Tensor add(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(add_at, "add", a, b, loc);
}
Tensor sub(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(subtract, "sub", a, b, loc);
}
Tensor mul(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(mul_at, "mul", a, b, loc);
}
Tensor div(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(divide, "div", a, b, loc);
}
Tensor div(const Tensor& a, const TensorOrNumber& b, std::string_view rounding_mode, Loc loc) {
  if (rounding_mode == "trunc") return apply(truncated_quotient, "div", a, b, loc);
  if (rounding_mode == "floor") return apply(floored_quotient, "div", a, b, loc);
  fail({"div", loc}, absl::StrCat("the rounding mode is \"trunc\" or \"floor\", not \"",
                                  std::string(rounding_mode), "\""));
}
Tensor floor_divide(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(floored_quotient, "floor_divide", a, b, loc);
}
Tensor remainder(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(floored_rest, "remainder", a, b, loc);
}
Tensor fmod(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(truncated_rest, "fmod", a, b, loc);
}

Tensor pow(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  Site site{"pow", loc};
  require_defined(site, a);
  if (!b.tensor()) return static_power(site, a, b.number());
  return power(site, align_operands(site, a, b));
}
Tensor pow(const Number& a, const Tensor& b, Loc loc) {
  Site site{"pow", loc};
  require_defined(site, b);
  Pair pair = align_number(site, b, a);
  return power(site, {pair.b, pair.a});
}

Tensor atan2(const Tensor& y, const TensorOrNumber& x, Loc loc) {
  Site site{"atan2", loc};
  Pair pair = align_operands(site, y, x);
  return binary<ir::Atan2Op>(site, as_float(site, pair.a), as_float(site, pair.b));
}
Tensor maximum(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(arithmetic<ir::MaximumOp, ir::OrOp>, "maximum", a, b, loc);
}
Tensor minimum(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(arithmetic<ir::MinimumOp, ir::AndOp>, "minimum", a, b, loc);
}

// Seen from the nearer end, so that both ends are exact.
Tensor lerp(const Tensor& a, const Tensor& b, const TensorOrNumber& weight, Loc loc) {
  Site site{"lerp", loc};
  Pair ends = align_operands(site, a, TensorOrNumber(b, loc));
  if (!is_floating(ends.a.dtype())) {
    fail(site, absl::StrCat("wants floats, not ", type_of(ends.a), "; cast first"));
  }
  DType dtype = ends.a.dtype();
  Tensor from = widen(site, ends.a), to = widen(site, ends.b);
  Pair step = align_operands(site, binary<ir::SubOp>(site, to, from), weight);
  Tensor difference = step.a, w = cast_to(site, step.b, difference.dtype());
  from = broadcast_to(site, from, w.shape());
  to = broadcast_to(site, to, w.shape());
  Tensor rest = binary<ir::SubOp>(site, constant_like(site, 1, w), w);
  Tensor near_a = binary<ir::AddOp>(site, from, binary<ir::MulOp>(site, w, difference));
  Tensor near_b = binary<ir::SubOp>(site, to, binary<ir::MulOp>(site, difference, rest));
  Tensor nearer_a = compare_with(site, ir::Comparison::lt, w, constant_like(site, 0.5, w));
  return cast_to(site, select_where(site, nearer_a, near_a, near_b), dtype);
}

Tensor bitwise_and(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(bitwise<ir::AndOp>, "bitwise_and", a, b, loc);
}
Tensor bitwise_or(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(bitwise<ir::OrOp>, "bitwise_or", a, b, loc);
}
Tensor bitwise_xor(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(bitwise<ir::XorOp>, "bitwise_xor", a, b, loc);
}
Tensor bitwise_not(const Tensor& x, Loc loc) {
  Site site{"bitwise_not", loc};
  require_defined(site, x);
  if (is_floating(x.dtype())) {
    fail(site, absl::StrCat("wants integers or booleans, not ", type_of(x), "; cast first"));
  }
  return unary<ir::NotOp>(site, x);
}
Tensor bitwise_left_shift(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(shift<ir::ShiftLeftOp>, "bitwise_left_shift", a, b, loc);
}
Tensor bitwise_right_shift(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return apply(shift<ir::ShiftRightOp>, "bitwise_right_shift", a, b, loc);
}

Tensor operator+(const Tensor& a, const TensorOrNumber& b) { return add(a, b, b.loc()); }
Tensor operator-(const Tensor& a, const TensorOrNumber& b) { return sub(a, b, b.loc()); }
Tensor operator*(const Tensor& a, const TensorOrNumber& b) { return mul(a, b, b.loc()); }
Tensor operator/(const Tensor& a, const TensorOrNumber& b) { return div(a, b, b.loc()); }
Tensor operator%(const Tensor& a, const TensorOrNumber& b) { return remainder(a, b, b.loc()); }
Tensor operator&(const Tensor& a, const TensorOrNumber& b) { return bitwise_and(a, b, b.loc()); }
Tensor operator|(const Tensor& a, const TensorOrNumber& b) { return bitwise_or(a, b, b.loc()); }
Tensor operator^(const Tensor& a, const TensorOrNumber& b) { return bitwise_xor(a, b, b.loc()); }
Tensor operator<<(const Tensor& a, const TensorOrNumber& b) {
  return bitwise_left_shift(a, b, b.loc());
}
Tensor operator>>(const Tensor& a, const TensorOrNumber& b) {
  return bitwise_right_shift(a, b, b.loc());
}

Tensor operator+(const Number& a, const Tensor& b) { return apply(add_at, "add", a, b); }
Tensor operator-(const Number& a, const Tensor& b) { return apply(subtract, "sub", a, b); }
Tensor operator*(const Number& a, const Tensor& b) { return apply(mul_at, "mul", a, b); }
Tensor operator/(const Number& a, const Tensor& b) { return apply(divide, "div", a, b); }
Tensor operator%(const Number& a, const Tensor& b) {
  return apply(floored_rest, "remainder", a, b);
}

// No argument can carry the line: a unary operator has no room for one.
Tensor operator-(const Tensor& a) { return neg(a, std::source_location()); }
Tensor operator~(const Tensor& a) { return bitwise_not(a, std::source_location()); }

// `result` in the place of `a`, which keeps shape and dtype.
static Tensor& update(Tensor& a, const char* name, const Tensor& result, Loc loc) {
  Site site{name, loc};
  if (result.shape() != a.shape()) {
    fail(site, absl::StrCat("the result has shape ", result.shape().to_string(),
                            ", which does not fit into ", type_of(a), " in place"));
  }
  if (category(result.dtype()) > category(a.dtype())) {
    fail(site, absl::StrCat("the result is ", type_of(result), ", which does not fit into ",
                            type_of(a), " in place"));
  }
  return a.copy_(result, loc);
}

Tensor& operator+=(Tensor& a, const TensorOrNumber& b) { return update(a, "add_", a + b, b.loc()); }
Tensor& operator-=(Tensor& a, const TensorOrNumber& b) { return update(a, "sub_", a - b, b.loc()); }
Tensor& operator*=(Tensor& a, const TensorOrNumber& b) { return update(a, "mul_", a * b, b.loc()); }
Tensor& operator/=(Tensor& a, const TensorOrNumber& b) { return update(a, "div_", a / b, b.loc()); }

}  // namespace etch
