#include "etch/frontend/ops/comparison.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/elementwise.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tensor compare(const char* name, ir::Comparison order, const Tensor& a, const TensorOrNumber& b,
               Loc loc) {
  Site site{name, loc};
  Pair pair = align_operands(site, a, b);
  return compare_with(site, order, pair.a, pair.b);
}

template <typename Op>
Tensor logical(const Site& site, const Tensor& a, const Tensor& b) {
  return binary<Op>(site, align(site, a, b, boolean));
}

// |x| compared with infinity; `integers` for what is always finite.
Tensor against_infinity(const Site& site, const Tensor& x, ir::Comparison order, bool integers) {
  require_defined(site, x);
  if (!is_floating(x.dtype())) return constant(site, integers, boolean, x.shape());
  return compare_with(site, order, unary<ir::AbsOp>(site, x), constant_like(site, kInfinity, x));
}

// A bound of clamp beside what it limits.
Pair limit(const Site& site, const Tensor& x, const TensorOrNumber& bound) {
  Pair pair = align_operands(site, x, bound);
  if (pair.a.dtype() == boolean) fail(site, "not defined for booleans; cast first");
  return pair;
}

void require_boolean(const Site& site, const char* what, const Tensor& mask) {
  require_defined(site, mask);
  if (mask.dtype() == boolean) return;
  fail(site,
       absl::StrCat("expected ", what, " to be a boolean tensor, but got ", type_of(mask),
                    "; compare it with a number (mask != 0) or cast it (.to(etch::boolean))"));
}

}  // namespace

Tensor eq(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return compare("eq", ir::Comparison::eq, a, b, loc);
}
Tensor ne(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return compare("ne", ir::Comparison::ne, a, b, loc);
}
Tensor lt(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return compare("lt", ir::Comparison::lt, a, b, loc);
}
Tensor le(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return compare("le", ir::Comparison::le, a, b, loc);
}
Tensor gt(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return compare("gt", ir::Comparison::gt, a, b, loc);
}
Tensor ge(const Tensor& a, const TensorOrNumber& b, Loc loc) {
  return compare("ge", ir::Comparison::ge, a, b, loc);
}

Tensor isnan(const Tensor& x, Loc loc) {
  Site site{"isnan", loc};
  require_defined(site, x);
  return compare_with(site, ir::Comparison::ne, x, x);
}
Tensor isinf(const Tensor& x, Loc loc) {
  return against_infinity({"isinf", loc}, x, ir::Comparison::eq, false);
}
Tensor isfinite(const Tensor& x, Loc loc) {
  return against_infinity({"isfinite", loc}, x, ir::Comparison::lt, true);
}

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan,
               Loc loc) {
  Site site{"isclose", loc};
  LocScope scope(loc);
  Pair pair = align(site, a, b, result_type(a, b));
  Tensor same = compare_with(site, ir::Comparison::eq, pair.a, pair.b);
  if (equal_nan) same = logical_or(same, logical_and(isnan(pair.a), isnan(pair.b)));
  Tensor x = as_float(site, pair.a), y = as_float(site, pair.b);
  Tensor allowed = etch::abs(y) * rtol + atol;
  // An infinite |b| would allow everything.
  return logical_or(same, logical_and(etch::abs(x - y) <= allowed, isfinite(y)));
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
Tensor logical_not(const Tensor& x, Loc loc) {
  Site site{"logical_not", loc};
  require_defined(site, x);
  return unary<ir::NotOp>(site, cast_to(site, x, boolean));
}

Tensor where(const Tensor& condition, const TensorOrNumber& a, const TensorOrNumber& b, Loc loc) {
  Site site{"where", loc};
  require_boolean(site, "condition", condition);
  Pair values;
  if (a.tensor()) {
    values = align_operands(site, *a.tensor(), b);
  } else if (b.tensor()) {
    require_defined(site, *b.tensor());
    Pair flipped = align_number(site, *b.tensor(), a.number());
    values = {flipped.b, flipped.a};
  } else {
    DType dtype = result_type(a.number(), b.number());
    values = {number(site, a.number().value(), dtype, {}),
              number(site, b.number().value(), dtype, {})};
  }
  Shape shape = broadcast_shapes(site, condition.shape(), values.a.shape());
  return select_where(site, broadcast_to(site, condition, shape),
                      broadcast_to(site, values.a, shape), broadcast_to(site, values.b, shape));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const TensorOrNumber& value, Loc loc) {
  Site site{"masked_fill", loc};
  require_defined(site, x);
  require_boolean(site, "mask", mask);
  Pair values = align_operands(site, x, value);
  // An integer number fits into booleans: whether it is not 0.
  bool fits = value.tensor() ? category(values.b.dtype()) <= category(x.dtype())
                             : is_floating(x.dtype()) || value.number().is_integer();
  if (!fits) {
    fail(site, absl::StrCat("the value is ", std::string(dtype_name(values.b.dtype())),
                            ", which does not fit into ", type_of(x), "; cast first"));
  }
  Shape shape = broadcast_shapes(site, mask.shape(), values.a.shape());
  return select_where(site, broadcast_to(site, mask, shape),
                      broadcast_to(site, cast_to(site, values.b, x.dtype()), shape),
                      broadcast_to(site, x, shape));
}

Tensor clamp(const Tensor& x, const std::optional<TensorOrNumber>& low,
             const std::optional<TensorOrNumber>& high, Loc loc) {
  Site site{"clamp", loc};
  if (!low && !high) fail(site, "wants a lower or an upper bound");
  Tensor y = x;
  if (low) {
    Pair pair = limit(site, y, *low);
    Tensor below = compare_with(site, ir::Comparison::lt, pair.a, pair.b);
    y = select_where(site, below, pair.b, pair.a);
  }
  if (high) {
    Pair pair = limit(site, y, *high);
    Tensor above = compare_with(site, ir::Comparison::gt, pair.a, pair.b);
    y = select_where(site, above, pair.b, pair.a);
  }
  return y;
}

Tensor operator<(const Tensor& a, const TensorOrNumber& b) { return lt(a, b, b.loc()); }
Tensor operator<=(const Tensor& a, const TensorOrNumber& b) { return le(a, b, b.loc()); }
Tensor operator>(const Tensor& a, const TensorOrNumber& b) { return gt(a, b, b.loc()); }
Tensor operator>=(const Tensor& a, const TensorOrNumber& b) { return ge(a, b, b.loc()); }
Tensor operator==(const Tensor& a, const TensorOrNumber& b) { return eq(a, b, b.loc()); }
Tensor operator!=(const Tensor& a, const TensorOrNumber& b) { return ne(a, b, b.loc()); }
Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b, std::source_location()); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b, std::source_location()); }
Tensor operator<(const Number& a, const Tensor& b) { return gt(b, a, a.loc()); }
Tensor operator<=(const Number& a, const Tensor& b) { return ge(b, a, a.loc()); }
Tensor operator>(const Number& a, const Tensor& b) { return lt(b, a, a.loc()); }
Tensor operator>=(const Number& a, const Tensor& b) { return le(b, a, a.loc()); }
Tensor operator!(const Tensor& x) { return logical_not(x, std::source_location()); }

}  // namespace etch
