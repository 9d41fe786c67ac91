#include "etch/frontend/ops/choice.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/reduction.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

template <typename Op>
Chosen choose(const Site& site, const Tensor& x, int64_t dim, bool keepdim) {
  require_defined(site, x);
  if (x.dtype() == boolean) fail(site, "not defined for booleans; cast first");
  if (x.dim() == 0) {
    wrap_dim(site, dim, 0);
    Chosen row = choose<Op>(site, reshape_to(site, x, {1}), 0, false);
    return {reshape_to(site, row.values, {}), reshape_to(site, row.indices, {})};
  }
  dim = wrap_dim(site, dim, x.dim());
  if (x.shape()[dim] == 0) {
    fail(site, absl::StrCat(x.shape().to_string(),
                            " has no elements to choose from along dimension ", dim));
  }
  auto chosen = record_all<Op>(
      site, {x}, [&](auto& p, mlir::Builder& b) { p.dims = b.getDenseI64ArrayAttr({dim}); });
  if (keepdim) return {chosen[0], chosen[1]};
  std::vector<int64_t> extents = x.shape().extents();
  extents.erase(extents.begin() + dim);
  return {reshape_to(site, chosen[0], Shape(extents)), reshape_to(site, chosen[1], Shape(extents))};
}

// The same for booleans too.
template <typename Op>
Chosen choose_any(const Site& site, const Tensor& x, int64_t dim, bool keepdim) {
  require_defined(site, x);
  if (x.dtype() != boolean) return choose<Op>(site, x, dim, keepdim);
  Chosen chosen = choose<Op>(site, cast_to(site, x, u8), dim, keepdim);
  return {cast_to(site, chosen.values, boolean), chosen.indices};
}

template <typename Op>
Tensor position(const Site& site, const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  require_defined(site, x);
  if (dim) return choose<Op>(site, x, *dim, keepdim).indices;
  Tensor all = choose<Op>(site, reshape_to(site, x, {x.numel()}), 0, false).indices;
  return keepdim ? reshape_to(site, all, Shape(std::vector<int64_t>(x.dim(), 1))) : all;
}

}  // namespace

Chosen max(const Tensor& x, int64_t dim, bool keepdim, Loc loc) {
  return choose_any<ir::ChooseMaxOp>({"max", loc}, x, dim, keepdim);
}
Chosen min(const Tensor& x, int64_t dim, bool keepdim, Loc loc) {
  return choose_any<ir::ChooseMinOp>({"min", loc}, x, dim, keepdim);
}
Tensor max(const Tensor& x, Loc loc) { return amax(x, {}, false, loc); }
Tensor min(const Tensor& x, Loc loc) { return amin(x, {}, false, loc); }

Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim, Loc loc) {
  return position<ir::ChooseMaxOp>({"argmax", loc}, x, dim, keepdim);
}
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim, Loc loc) {
  return position<ir::ChooseMinOp>({"argmin", loc}, x, dim, keepdim);
}

}  // namespace etch
