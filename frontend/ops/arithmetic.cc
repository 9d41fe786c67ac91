// Binary functions and the operators on tensors.
#include <cmath>

#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/elementwise.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

template <typename Op>
Tensor arithmetic(const Site& site, const Tensor& a, const TensorOrNumber& b) {
  Pair pair = align_operands(site, a, b);
  if (pair.a.dtype() == boolean) fail(site, "not defined for two booleans; cast first");
  return binary<Op>(site, pair);
}

// True division: integers become f32, as in PyTorch.
Tensor divide(const Site& site, const Tensor& a, const TensorOrNumber& b) {
  Pair pair = align_operands(site, a, b);
  return binary<ir::DivOp>(site, as_float(site, pair.a), as_float(site, pair.b));
}

Tensor compare(const Site& site, ir::Comparison order, const Tensor& a, const TensorOrNumber& b) {
  Pair pair = align_operands(site, a, b);
  return compare_with(site, order, pair.a, pair.b);
}

// `number` in the place of the left operand.
struct Flipped {
  Tensor number;
  Tensor x;
};
Flipped flip(const Site& site, const Number& a, const Tensor& x) {
  if (!x.defined()) fail(site, "the right operand is an empty tensor");
  Pair pair = align_number(site, x, a.value(), a.is_integer());
  return {pair.b, pair.a};
}

template <typename Op>
Tensor logical(const Site& site, const Tensor& a, const Tensor& b) {
  return binary<Op>(site, align(site, a, b, boolean));
}

Tensor float_power(const Site& site, const Tensor& a, const Tensor& b) {
  Pair pair = align_operands(site, a, TensorOrNumber(b, site.loc));
  return binary<ir::PowOp>(site, as_float(site, pair.a), as_float(site, pair.b));
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, Loc loc) {
  return arithmetic<ir::AddOp>({"add", loc}, a, b);
}
Tensor sub(const Tensor& a, const Tensor& b, Loc loc) {
  return arithmetic<ir::SubOp>({"sub", loc}, a, b);
}
Tensor mul(const Tensor& a, const Tensor& b, Loc loc) {
  return arithmetic<ir::MulOp>({"mul", loc}, a, b);
}
Tensor div(const Tensor& a, const Tensor& b, Loc loc) { return divide({"div", loc}, a, b); }
Tensor pow(const Tensor& a, const Tensor& b, Loc loc) { return float_power({"pow", loc}, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b, Loc loc) {
  return arithmetic<ir::MaximumOp>({"maximum", loc}, a, b);
}
Tensor minimum(const Tensor& a, const Tensor& b, Loc loc) {
  return arithmetic<ir::MinimumOp>({"minimum", loc}, a, b);
}
Tensor logical_and(const Tensor& a, const Tensor& b, Loc loc) {
  return logical<ir::AndOp>({"logical_and", loc}, a, b);
}
Tensor logical_or(const Tensor& a, const Tensor& b, Loc loc) {
  return logical<ir::OrOp>({"logical_or", loc}, a, b);
}
Tensor logical_xor(const Tensor& a, const Tensor& b, Loc loc) {
  return logical<ir::XorOp>({"logical_xor", loc}, a, b);
}

// The exponent is static, since small ones have cheaper and more accurate forms.
Tensor pow(const Tensor& a, double exponent, Loc loc) {
  Site site{"pow", loc};
  if (exponent == 2 && a.dtype() != boolean) return binary<ir::MulOp>(site, a, a);
  Tensor x = as_float(site, a);
  if (exponent == 1) return x;
  if (exponent == 0.5) return unary<ir::SqrtOp>(site, x);
  if (exponent == -0.5) return unary<ir::RsqrtOp>(site, x);
  if (exponent == 3) return binary<ir::MulOp>(site, binary<ir::MulOp>(site, x, x), x);
  if (exponent == -1) return binary<ir::DivOp>(site, constant_like(site, 1, x), x);
  return binary<ir::PowOp>(site, x, constant_like(site, exponent, x));
}

Tensor eq(const Tensor& a, const Tensor& b, Loc loc) {
  return compare({"eq", loc}, ir::Comparison::eq, a, b);
}
Tensor ne(const Tensor& a, const Tensor& b, Loc loc) {
  return compare({"ne", loc}, ir::Comparison::ne, a, b);
}
Tensor lt(const Tensor& a, const Tensor& b, Loc loc) {
  return compare({"lt", loc}, ir::Comparison::lt, a, b);
}
Tensor le(const Tensor& a, const Tensor& b, Loc loc) {
  return compare({"le", loc}, ir::Comparison::le, a, b);
}
Tensor gt(const Tensor& a, const Tensor& b, Loc loc) {
  return compare({"gt", loc}, ir::Comparison::gt, a, b);
}
Tensor ge(const Tensor& a, const Tensor& b, Loc loc) {
  return compare({"ge", loc}, ir::Comparison::ge, a, b);
}

Tensor operator+(const Tensor& a, const TensorOrNumber& b) {
  return arithmetic<ir::AddOp>({"add", b.loc()}, a, b);
}
Tensor operator-(const Tensor& a, const TensorOrNumber& b) {
  return arithmetic<ir::SubOp>({"sub", b.loc()}, a, b);
}
Tensor operator*(const Tensor& a, const TensorOrNumber& b) {
  return arithmetic<ir::MulOp>({"mul", b.loc()}, a, b);
}
Tensor operator/(const Tensor& a, const TensorOrNumber& b) {
  return divide({"div", b.loc()}, a, b);
}
Tensor operator<(const Tensor& a, const TensorOrNumber& b) {
  return compare({"lt", b.loc()}, ir::Comparison::lt, a, b);
}
Tensor operator<=(const Tensor& a, const TensorOrNumber& b) {
  return compare({"le", b.loc()}, ir::Comparison::le, a, b);
}
Tensor operator>(const Tensor& a, const TensorOrNumber& b) {
  return compare({"gt", b.loc()}, ir::Comparison::gt, a, b);
}
Tensor operator>=(const Tensor& a, const TensorOrNumber& b) {
  return compare({"ge", b.loc()}, ir::Comparison::ge, a, b);
}
Tensor operator==(const Tensor& a, const TensorOrNumber& b) {
  return compare({"eq", b.loc()}, ir::Comparison::eq, a, b);
}
Tensor operator!=(const Tensor& a, const TensorOrNumber& b) {
  return compare({"ne", b.loc()}, ir::Comparison::ne, a, b);
}

Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b, std::source_location()); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b, std::source_location()); }

Tensor operator+(const Number& a, const Tensor& b) {
  Site site{"add", a.loc()};
  Flipped operands = flip(site, a, b);
  return binary<ir::AddOp>(site, operands.number, operands.x);
}
Tensor operator-(const Number& a, const Tensor& b) {
  Site site{"sub", a.loc()};
  Flipped operands = flip(site, a, b);
  return binary<ir::SubOp>(site, operands.number, operands.x);
}
Tensor operator*(const Number& a, const Tensor& b) {
  Site site{"mul", a.loc()};
  Flipped operands = flip(site, a, b);
  return binary<ir::MulOp>(site, operands.number, operands.x);
}
Tensor operator/(const Number& a, const Tensor& b) {
  Site site{"div", a.loc()};
  Flipped operands = flip(site, a, b);
  return binary<ir::DivOp>(site, as_float(site, operands.number), as_float(site, operands.x));
}

// No argument can carry the line: a unary operator has no room for one.
Tensor operator-(const Tensor& a) { return neg(a, std::source_location()); }

}  // namespace etch
