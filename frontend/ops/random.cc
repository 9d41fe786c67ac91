#include "etch/frontend/ops/random.h"

#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "etch/frontend/draws.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/state.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

Tensor scaled(const Site& site, const Tensor& x, double factor) {
  return binary<ir::MulOp>(site, x, constant_like(site, factor, x));
}

// One of the two uniform numbers that each element of `pairs` [..., 2] has.
Tensor half_of(const Site& site, const Tensor& pairs, int64_t which, const Shape& shape) {
  Tensor half = record<ir::SliceOp>(site, {pairs}, [&](auto& p, mlir::Builder& b) {
    p.offsets = b.getDenseI64ArrayAttr({0, which});
    p.sizes = b.getDenseI64ArrayAttr({pairs.shape()[0], 1});
    p.strides = b.getDenseI64ArrayAttr({1, 1});
  });
  return reshape_to(site, half, shape);
}

void require_floating(const Site& site, DType dtype) {
  if (is_floating(dtype)) return;
  fail(site, absl::StrCat("wants f16, bf16, f32 or f64, not ", std::string(dtype_name(dtype))));
}

}  // namespace

Tensor rand_from(Tensor state, const Shape& shape, Loc loc) {
  return record_draw({"rand_from", loc}, std::move(state), shape);
}

Tensor rand(const Shape& shape, DType dtype, Loc loc) {
  Site site{"rand", loc};
  require_floating(site, dtype);
  Tensor u = record_draw(site, default_random_state(), shape);
  if (dtype == f16 || dtype == bf16) {  // cut to the bits that there are: rounding could give 1
    double grid = dtype == f16 ? 1 << 11 : 1 << 8;
    u = scaled(site, unary<ir::FloorOp>(site, scaled(site, u, grid)), 1 / grid);
  }
  return cast_to(site, u, dtype);
}

// Box and Muller, as runtime/philox.h defines normal draws.
Tensor randn(const Shape& shape, DType dtype, Loc loc) {
  Site site{"randn", loc};
  require_floating(site, dtype);
  Tensor pairs = record_draw(site, default_random_state(), {shape.num_elements(), 2});
  Tensor u1 = half_of(site, pairs, 0, shape), u2 = half_of(site, pairs, 1, shape);
  u1 = binary<ir::SubOp>(site, constant_like(site, 1, u1), u1);
  Tensor radius = unary<ir::SqrtOp>(site, scaled(site, unary<ir::LogOp>(site, u1), -2));
  Tensor angle = scaled(site, u2, 2 * std::numbers::pi);
  return cast_to(site, binary<ir::MulOp>(site, radius, unary<ir::CosOp>(site, angle)), dtype);
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype, Loc loc) {
  Site site{"randint", loc};
  if (high <= low) fail(site, absl::StrCat("the range [", low, ", ", high, ") is empty"));
  // A uniform number has 24 bits, so a wider range would leave holes.
  constexpr int64_t kMaxRange = int64_t{1} << 24;
  if (high - low > kMaxRange) {
    fail(site, absl::StrCat("the range [", low, ", ", high, ") has more than 2^24 integers"));
  }
  Tensor uniform = record_draw(site, default_random_state(), shape);
  Tensor offset = cast_to(site, scaled(site, uniform, static_cast<double>(high - low)), i64);
  Tensor first = constant_like(site, static_cast<double>(low), offset);
  return cast_to(site, binary<ir::AddOp>(site, offset, first), dtype);
}

Tensor rand_like(const Tensor& x, Loc loc) {
  require_defined({"rand_like", loc}, x);
  return rand(x.shape(), x.dtype(), loc);
}
Tensor randn_like(const Tensor& x, Loc loc) {
  require_defined({"randn_like", loc}, x);
  return randn(x.shape(), x.dtype(), loc);
}
Tensor randint_like(const Tensor& x, int64_t low, int64_t high, Loc loc) {
  require_defined({"randint_like", loc}, x);
  return randint(low, high, x.shape(), x.dtype(), loc);
}

Tensor bernoulli(const Tensor& x, Loc loc) {
  Site site{"bernoulli", loc};
  Tensor p = widen(site, require_float(site, x));
  Tensor uniform = cast_to(site, record_draw(site, default_random_state(), x.shape()), p.dtype());
  return cast_to(site, compare_with(site, ir::Comparison::lt, uniform, p), x.dtype());
}

Tensor dropout(const Tensor& x, double p, Tensor state, Loc loc) {
  Site site{"dropout", loc};
  if (!(p >= 0 && p <= 1)) fail(site, absl::StrCat("the probability is ", p, ", not in [0, 1]"));
  if (p == 0) return x;
  Tensor v = as_float(site, x);
  Tensor zero = constant_like(site, 0, v);
  if (p == 1) return v * 0.0;  // as in PyTorch, of no influence but in the graph
  Tensor uniform = record_draw(site, std::move(state), v.shape());
  Tensor keep = compare_with(site, ir::Comparison::ge, uniform, constant_like(site, p, uniform));
  return select_where(site, keep, scaled(site, v, 1 / (1 - p)), zero);
}

}  // namespace etch
