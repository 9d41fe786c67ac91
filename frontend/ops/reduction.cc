#include "etch/frontend/ops/reduction.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// The reduced dimensions stay with extent 1.
template <typename Op>
Tensor reduce(const Site& site, const Tensor& x, const std::vector<int64_t>& dims) {
  if (dims.empty()) return x;
  return record<Op>(site, {x},
                    [&](auto& p, mlir::Builder& b) { p.dims = b.getDenseI64ArrayAttr(dims); });
}

Tensor drop_dims(const Site& site, const Tensor& x, const std::vector<int64_t>& dims,
                 bool keepdim) {
  if (keepdim || dims.empty()) return x;
  std::vector<int64_t> extents;
  size_t next = 0;
  for (int64_t i = 0; i < x.dim(); ++i) {
    bool dropped = next < dims.size() && dims[next] == i;
    if (dropped) ++next;
    if (!dropped) extents.push_back(x.shape()[i]);
  }
  return reshape_to(site, x, Shape(extents));
}

int64_t count_along(const Tensor& x, const std::vector<int64_t>& dims) {
  int64_t count = 1;
  for (int64_t dim : dims) count *= x.shape()[dim];
  return count;
}

Tensor scaled_sum(const Site& site, const Tensor& x, const std::vector<int64_t>& dims,
                  double factor) {
  Tensor total = reduce<ir::ReduceSumOp>(site, x, dims);
  return binary<ir::MulOp>(site, total, constant_like(site, factor, total));
}

// Booleans are 0 and 1.
template <typename Op>
Tensor extremum(const Site& site, const Tensor& x, const std::vector<int64_t>& dims, bool keepdim) {
  require_defined(site, x);
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  if (count_along(x, along) == 0) {
    fail(site, absl::StrCat(x.shape().to_string(), " has no elements to choose from"));
  }
  Tensor numbers = x.dtype() == boolean ? cast_to(site, x, u8) : x;
  return cast_to(site, drop_dims(site, reduce<Op>(site, numbers, along), along, keepdim),
                 x.dtype());
}

// Whether the largest, or the smallest, of the elements' truths is 1.
template <typename Op>
Tensor truth(const Site& site, const Tensor& x, const std::vector<int64_t>& dims, bool keepdim) {
  require_defined(site, x);
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor bits = cast_to(site, cast_to(site, x, boolean), u8);
  return cast_to(site, drop_dims(site, reduce<Op>(site, bits, along), along, keepdim), boolean);
}

Tensor is_zero(const Site& site, const Tensor& x) {
  return compare_with(site, ir::Comparison::eq, x, constant_like(site, 0, x));
}

// f(x) where x is not 0, and 0 with gradient 0 where it is: f sees no 0, at which its derivative is
// infinite.
template <typename F>
Tensor zero_at_zero(const Site& site, const Tensor& x, F f) {
  Tensor zero = is_zero(site, x);
  Tensor y = f(select_where(site, zero, constant_like(site, 1, x), x));
  return select_where(site, zero, constant_like(site, 0, y), y);
}

Tensor square_root(const Site& site, const Tensor& x) {
  return zero_at_zero(site, x, [&](const Tensor& v) { return unary<ir::SqrtOp>(site, v); });
}

// The norm with the reduced dimensions kept, of f32 or f64.
Tensor wide_norm(const Site& site, const Tensor& x, double p, const std::vector<int64_t>& along) {
  auto total = [&](const Tensor& terms) { return reduce<ir::ReduceSumOp>(site, terms, along); };
  if (p == 0) {
    Tensor nonzero = unary<ir::NotOp>(site, is_zero(site, x));
    return total(cast_to(site, nonzero, x.dtype()));
  }
  if (p == 2) return square_root(site, total(binary<ir::MulOp>(site, x, x)));
  Tensor size = unary<ir::AbsOp>(site, x);
  if (p == 1) return total(size);
  if (std::isinf(p)) {
    if (count_along(x, along) == 0) {
      fail(site, absl::StrCat(x.shape().to_string(), " has no elements to choose from"));
    }
    return p > 0 ? reduce<ir::ReduceMaxOp>(site, size, along)
                 : reduce<ir::ReduceMinOp>(site, size, along);
  }
  auto power = [&](double exponent) {
    return [&, exponent](const Tensor& v) {
      return binary<ir::PowOp>(site, v, constant_like(site, exponent, v));
    };
  };
  // Below 0, zeros are infinite terms.
  if (p < 0) return power(1 / p)(total(power(p)(size)));
  return zero_at_zero(site, total(zero_at_zero(site, size, power(p))), power(1 / p));
}

Tensor variance(const Site& site, const Tensor& x, const std::vector<int64_t>& along,
                bool unbiased) {
  double n = static_cast<double>(count_along(x, along));
  Tensor centre = broadcast_to(site, scaled_sum(site, x, along, 1 / n), x.shape());
  Tensor deviation = binary<ir::SubOp>(site, x, centre);
  Tensor squares = binary<ir::MulOp>(site, deviation, deviation);
  return scaled_sum(site, squares, along, 1 / (unbiased ? n - 1 : n));
}

// Sums and products of integers and booleans are i64, as in PyTorch.
template <typename Op>
Tensor accumulate(const Site& site, const Tensor& x, const std::vector<int64_t>& dims,
                  bool keepdim) {
  require_defined(site, x);
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor wide = is_floating(x.dtype()) ? x : cast_to(site, x, i64);
  return drop_dims(site, reduce<Op>(site, wide, along), along, keepdim);
}

template <typename Op>
Tensor along_dim(const Site& site, const Tensor& x, int64_t dim) {
  Tensor v = as_float(site, x);
  if (v.dim() == 0) return reshape_to(site, along_dim<Op>(site, reshape_to(site, v, {1}), 0), {});
  dim = wrap_dim(site, dim, v.dim());
  return record<Op>(site, {v},
                    [&](auto& p, mlir::Builder& b) { p.dim = b.getI64IntegerAttr(dim); });
}

Tensor normalized(const Site& site, const Tensor& x, const std::vector<int64_t>& dims,
                  double epsilon) {
  return record_all<ir::NormalizeOp>(site, {x},
                                     [&](auto& p, mlir::Builder& b) {
                                       p.dims = b.getDenseI64ArrayAttr(dims);
                                       p.epsilon = b.getF64FloatAttr(epsilon);
                                     })
      .front();
}

}  // namespace

Tensor sum(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  return accumulate<ir::ReduceSumOp>({"sum", loc}, x, dims, keepdim);
}

Tensor prod(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  return accumulate<ir::ReduceProdOp>({"prod", loc}, x, dims, keepdim);
}

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  Site site{"mean", loc};
  Tensor v = widen(site, require_float(site, x));
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor average = scaled_sum(site, v, along, 1.0 / static_cast<double>(count_along(x, along)));
  return cast_to(site, drop_dims(site, average, along, keepdim), x.dtype());
}

Tensor var(const Tensor& x, const Dims& dims, bool unbiased, bool keepdim, Loc loc) {
  Site site{"var", loc};
  Tensor v = widen(site, require_float(site, x));
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor y = variance(site, v, along, unbiased);
  return cast_to(site, drop_dims(site, y, along, keepdim), x.dtype());
}

Tensor std(const Tensor& x, const Dims& dims, bool unbiased, bool keepdim, Loc loc) {
  Site site{"std", loc};
  Tensor v = widen(site, require_float(site, x));
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor y = square_root(site, variance(site, v, along, unbiased));
  return cast_to(site, drop_dims(site, y, along, keepdim), x.dtype());
}

Tensor amax(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  return extremum<ir::ReduceMaxOp>({"amax", loc}, x, dims, keepdim);
}
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  return extremum<ir::ReduceMinOp>({"amin", loc}, x, dims, keepdim);
}

Tensor norm(const Tensor& x, double p, const Dims& dims, bool keepdim, Loc loc) {
  Site site{"norm", loc};
  Tensor v = widen(site, require_float(site, x));
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor y = wide_norm(site, v, p, along);
  return cast_to(site, drop_dims(site, y, along, keepdim), x.dtype());
}

Tensor norm(const Tensor& x, std::string_view p, const Dims& dims, bool keepdim, Loc loc) {
  if (p == "fro") return norm(x, 2, dims, keepdim, loc);
  fail({"norm", loc},
       absl::StrCat("there is no norm \"", std::string(p), "\"; use \"fro\" or a number"));
}

Tensor any(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  return truth<ir::ReduceMaxOp>({"any", loc}, x, dims, keepdim);
}
Tensor all(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  return truth<ir::ReduceMinOp>({"all", loc}, x, dims, keepdim);
}
Tensor count_nonzero(const Tensor& x, const Dims& dims, Loc loc) {
  Site site{"count_nonzero", loc};
  require_defined(site, x);
  return accumulate<ir::ReduceSumOp>(site, cast_to(site, x, boolean), dims, /*keepdim=*/false);
}

// max + log(sum(exp(x - max))); where the maximum is infinite it is left out of the difference, so
// that a row of -inf gives -inf. The maximum carries no gradient, since it cancels.
Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim, Loc loc) {
  Site site{"logsumexp", loc};
  Tensor v = as_float(site, x);
  DType dtype = v.dtype();
  v = widen(site, v);
  std::vector<int64_t> along = wrap_dims(site, dims, v.dim());
  Tensor top = record<ir::DetachOp>(site, {reduce<ir::ReduceMaxOp>(site, v, along)});
  Tensor infinity = constant_like(site, std::numeric_limits<double>::infinity(), top);
  Tensor is_infinite =
      compare_with(site, ir::Comparison::eq, unary<ir::AbsOp>(site, top), infinity);
  top = select_where(site, is_infinite, constant_like(site, 0, top), top);
  Tensor powers =
      unary<ir::ExpOp>(site, binary<ir::SubOp>(site, v, broadcast_to(site, top, v.shape())));
  Tensor total = unary<ir::LogOp>(site, reduce<ir::ReduceSumOp>(site, powers, along));
  Tensor y = drop_dims(site, binary<ir::AddOp>(site, total, top), along, keepdim);
  return cast_to(site, y, dtype);
}

Tensor softmax(const Tensor& x, int64_t dim, Loc loc) {
  return along_dim<ir::SoftmaxOp>({"softmax", loc}, x, dim);
}

Tensor log_softmax(const Tensor& x, int64_t dim, Loc loc) {
  return along_dim<ir::LogSoftmaxOp>({"log_softmax", loc}, x, dim);
}

Tensor standardize(const Tensor& x, std::vector<int64_t> dims, double epsilon, Loc loc) {
  Site site{"standardize", loc};
  require_float(site, x);
  return normalized(site, x, wrap_dims(site, dims, x.dim()), epsilon);
}

Tensor layer_norm(const Tensor& x, int64_t normalized_dims, const std::optional<Tensor>& weight,
                  const std::optional<Tensor>& bias, double epsilon, Loc loc) {
  Site site{"layer_norm", loc};
  require_float(site, x);
  if (normalized_dims < 1 || normalized_dims > x.dim()) {
    fail(site, absl::StrCat("cannot normalize ", normalized_dims, " dimensions of ",
                            x.shape().to_string()));
  }
  std::vector<int64_t> dims;
  std::vector<int64_t> extents;
  for (int64_t dim = x.dim() - normalized_dims; dim < x.dim(); ++dim) {
    dims.push_back(dim);
    extents.push_back(x.shape()[dim]);
  }
  for (const auto& [name, affine] : {std::pair{"weight", &weight}, {"bias", &bias}}) {
    if (*affine && (*affine)->shape() != Shape(extents)) {
      fail(site, absl::StrCat(name, " has shape ", (*affine)->shape().to_string(), ", input ",
                              x.shape().to_string(), " wants ", Shape(extents).to_string()));
    }
  }
  Tensor y = normalized(site, x, dims, epsilon);
  if (weight) y = binary<ir::MulOp>(site, align(site, y, *weight, result_type(y, *weight)));
  if (bias) y = binary<ir::AddOp>(site, align(site, y, *bias, result_type(y, *bias)));
  return y;
}

}  // namespace etch
