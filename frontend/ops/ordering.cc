#include "etch/frontend/ops/ordering.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

Chosen sorted(const Site& site, const Tensor& x, int64_t dim, bool descending) {
  require_defined(site, x);
  dim = wrap_dim(site, dim, x.dim());
  if (x.dim() == 0) {
    Chosen row = sorted(site, reshape_to(site, x, {1}), 0, descending);
    return {reshape_to(site, row.values, {}), reshape_to(site, row.indices, {})};
  }
  // Booleans are sorted as the bytes they are.
  Tensor keys = x.dtype() == boolean ? cast_to(site, x, u8) : x;
  auto results = record_all<ir::SortOp>(site, {keys}, [&](auto& p, mlir::Builder& b) {
    p.dim = b.getI64IntegerAttr(dim);
    if (descending) p.descending = b.getUnitAttr();
  });
  return {cast_to(site, results[0], x.dtype()), results[1]};
}

}  // namespace

Tensor cumsum(const Tensor& x, int64_t dim, Loc loc) {
  Site site{"cumsum", loc};
  require_defined(site, x);
  dim = wrap_dim(site, dim, x.dim());
  Tensor wide = is_floating(x.dtype()) ? x : cast_to(site, x, i64);
  if (x.dim() == 0) return wide;
  return record<ir::CumsumOp>(site, {wide},
                              [&](auto& p, mlir::Builder& b) { p.dim = b.getI64IntegerAttr(dim); });
}

Chosen sort(const Tensor& x, int64_t dim, bool descending, Loc loc) {
  return sorted({"sort", loc}, x, dim, descending);
}

Tensor argsort(const Tensor& x, int64_t dim, bool descending, Loc loc) {
  return sorted({"argsort", loc}, x, dim, descending).indices;
}

Chosen topk(const Tensor& x, int64_t k, int64_t dim, bool largest, Loc loc) {
  Site site{"topk", loc};
  require_defined(site, x);
  int64_t along = wrap_dim(site, dim, x.dim());
  int64_t extent = x.dim() == 0 ? 1 : x.shape()[along];
  if (k < 0 || k > extent) {
    fail(site, absl::StrCat("k = ", k, " elements of ", extent, " along dimension ", along, " of ",
                            x.shape().to_string()));
  }
  Chosen all = sorted(site, x, dim, largest);
  if (x.dim() == 0) return all;
  return {slice(all.values, along, 0, k, 1, loc), slice(all.indices, along, 0, k, 1, loc)};
}

}  // namespace etch
