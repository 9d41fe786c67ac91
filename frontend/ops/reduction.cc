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

Tensor require_float(const Site& site, const Tensor& x) {
  require_defined(site, x);
  if (!is_floating(x.dtype())) {
    fail(site, absl::StrCat("wants a floating tensor, not ", type_of(x), "; cast first"));
  }
  return x;
}

Tensor scaled_sum(const Site& site, const Tensor& x, const std::vector<int64_t>& dims,
                  double factor) {
  Tensor total = reduce<ir::ReduceSumOp>(site, x, dims);
  return binary<ir::MulOp>(site, total, constant_like(site, factor, total));
}

template <typename Op>
Tensor extremum(const Site& site, const Tensor& x, const std::vector<int64_t>& dims, bool keepdim) {
  if (x.dtype() == boolean) fail(site, "not defined for booleans; cast first");
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  if (count_along(x, along) == 0) {
    fail(site, absl::StrCat(x.shape().to_string(), " has no elements to choose from"));
  }
  return drop_dims(site, reduce<Op>(site, x, along), along, keepdim);
}

// Sums and products of integers and booleans are i64, as in PyTorch.
template <typename Op>
Tensor accumulate(const Site& site, const Tensor& x, const std::vector<int64_t>& dims,
                  bool keepdim) {
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

}  // namespace

Tensor sum(const Tensor& x, std::vector<int64_t> dims, bool keepdim, Loc loc) {
  return accumulate<ir::ReduceSumOp>({"sum", loc}, x, dims, keepdim);
}

Tensor prod(const Tensor& x, std::vector<int64_t> dims, bool keepdim, Loc loc) {
  return accumulate<ir::ReduceProdOp>({"prod", loc}, x, dims, keepdim);
}

Tensor mean(const Tensor& x, std::vector<int64_t> dims, bool keepdim, Loc loc) {
  Site site{"mean", loc};
  require_float(site, x);
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  Tensor average = scaled_sum(site, x, along, 1.0 / static_cast<double>(count_along(x, along)));
  return drop_dims(site, average, along, keepdim);
}

Tensor var(const Tensor& x, std::vector<int64_t> dims, bool unbiased, bool keepdim, Loc loc) {
  Site site{"var", loc};
  require_float(site, x);
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  double n = static_cast<double>(count_along(x, along));
  Tensor centre = broadcast_to(site, scaled_sum(site, x, along, 1 / n), x.shape());
  Tensor deviation = binary<ir::SubOp>(site, x, centre);
  Tensor squares = binary<ir::MulOp>(site, deviation, deviation);
  return drop_dims(site, scaled_sum(site, squares, along, 1 / (unbiased ? n - 1 : n)), along,
                   keepdim);
}

Tensor amax(const Tensor& x, std::vector<int64_t> dims, bool keepdim, Loc loc) {
  return extremum<ir::ReduceMaxOp>({"amax", loc}, x, dims, keepdim);
}

Tensor amin(const Tensor& x, std::vector<int64_t> dims, bool keepdim, Loc loc) {
  return extremum<ir::ReduceMinOp>({"amin", loc}, x, dims, keepdim);
}

// max + log(sum(exp(x - max))); where the maximum is infinite it is left out of the difference, so
// that a row of -inf gives -inf. The maximum carries no gradient, since it cancels.
Tensor logsumexp(const Tensor& x, std::vector<int64_t> dims, bool keepdim, Loc loc) {
  Site site{"logsumexp", loc};
  Tensor v = as_float(site, x);
  std::vector<int64_t> along = wrap_dims(site, dims, v.dim());
  Tensor top = record<ir::DetachOp>(site, {reduce<ir::ReduceMaxOp>(site, v, along)});
  Tensor infinity = constant_like(site, std::numeric_limits<double>::infinity(), top);
  Tensor is_infinite =
      compare_with(site, ir::Comparison::eq, unary<ir::AbsOp>(site, top), infinity);
  top = select_where(site, is_infinite, constant_like(site, 0, top), top);
  Tensor powers =
      unary<ir::ExpOp>(site, binary<ir::SubOp>(site, v, broadcast_to(site, top, v.shape())));
  Tensor total = unary<ir::LogOp>(site, reduce<ir::ReduceSumOp>(site, powers, along));
  return drop_dims(site, binary<ir::AddOp>(site, total, top), along, keepdim);
}

Tensor softmax(const Tensor& x, int64_t dim, Loc loc) {
  return along_dim<ir::SoftmaxOp>({"softmax", loc}, x, dim);
}

Tensor log_softmax(const Tensor& x, int64_t dim, Loc loc) {
  return along_dim<ir::LogSoftmaxOp>({"log_softmax", loc}, x, dim);
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
  Tensor y = record_all<ir::NormalizeOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
               p.dims = b.getDenseI64ArrayAttr(dims);
               p.epsilon = b.getF64FloatAttr(epsilon);
             }).front();
  if (weight) y = binary<ir::MulOp>(site, align(site, y, *weight, result_type(y, *weight)));
  if (bias) y = binary<ir::AddOp>(site, align(site, y, *bias, result_type(y, *bias)));
  return y;
}

}  // namespace etch
