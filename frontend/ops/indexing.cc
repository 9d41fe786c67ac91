#include "etch/frontend/ops/indexing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

Tensor require_indices(const Site& site, const Tensor& indices) {
  if (indices.dtype() != i32 && indices.dtype() != i64) {
    fail(site, absl::StrCat("indices must be i32 or i64, not ", type_of(indices)));
  }
  return indices;
}

// Whether the class numbered by the last dimension is the one that `indices` names.
Tensor class_mask(const Site& site, const Tensor& indices, int64_t classes) {
  std::vector<int64_t> extents = indices.shape().extents();
  extents.push_back(1);
  Tensor column = reshape_to(site, indices, Shape(extents));
  extents.back() = classes;
  Shape shape(extents);
  return compare_with(site, ir::Comparison::eq, broadcast_to(site, column, shape),
                      iota(site, shape, shape.rank() - 1, indices.dtype()));
}

// For each element that `index` [..., as x but along `dim`] names, its position in x, flattened.
Tensor flat_positions(const Site& site, const Shape& x, int64_t dim, const Tensor& index) {
  Tensor wide = cast_to(site, index, i64);
  // An index outside of its dimension must not reach into another row.
  Tensor last = constant_like(site, static_cast<double>(std::max<int64_t>(x[dim] - 1, 0)), wide);
  wide = binary<ir::MinimumOp>(site, wide, last);
  wide = binary<ir::MaximumOp>(site, wide, constant_like(site, 0, wide));
  Tensor sum;
  int64_t step = 1;
  for (int64_t d = x.rank() - 1; d >= 0; --d) {
    Tensor along = d == dim ? wide : iota(site, index.shape(), d, i64);
    if (step != 1) {
      along = binary<ir::MulOp>(site, along, constant_like(site, static_cast<double>(step), along));
    }
    sum = sum.defined() ? binary<ir::AddOp>(site, along, sum) : along;
    step *= x[d];
  }
  return sum;
}

// `index` fits `x`: of one rank, in each dimension but `dim` no larger.
void require_within(const Site& site, const Tensor& x, int64_t dim, const Tensor& index) {
  require_defined(site, x);
  require_defined(site, index);
  require_indices(site, index);
  bool fits = index.dim() == x.dim();
  for (int64_t d = 0; fits && d < x.dim(); ++d) fits = d == dim || index.shape()[d] <= x.shape()[d];
  if (!fits) {
    fail(site,
         absl::StrCat("index ", index.shape().to_string(), " must have the rank of ",
                      x.shape().to_string(), " and be no larger in dimensions other than ", dim));
  }
  if (index.numel() > 0 && x.shape()[dim] == 0) {
    fail(site, absl::StrCat(x.shape().to_string(), " has no elements along dimension ", dim));
  }
}

}  // namespace

Tensor embedding(const Tensor& weight, const Tensor& indices, Loc loc) {
  Site site{"embedding", loc};
  require_indices(site, indices);
  return record<ir::GatherOp>(site, {weight, indices});
}

Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype, Loc loc) {
  Site site{"one_hot", loc};
  if (classes <= 0) fail(site, absl::StrCat("wants one class or more, not ", classes));
  return cast_to(site, class_mask(site, require_indices(site, indices), classes), dtype);
}

Tensor scatter_add_rows(const Tensor& indices, const Tensor& updates, int64_t rows, Loc loc) {
  Site site{"scatter_add_rows", loc};
  require_indices(site, indices);
  return record<ir::ScatterAddOp>(site, {indices, updates}, [&](auto& p, mlir::Builder& b) {
    p.rows = b.getI64IntegerAttr(rows);
  });
}

// A masked sum rather than a gather: it fuses with the row reductions around it, and so does its
// derivative. select, not a product with the mask: other elements of the row may be infinite.
Tensor take_last(const Tensor& x, const Tensor& indices, Loc loc) {
  Site site{"take_last", loc};
  require_indices(site, indices);
  std::vector<int64_t> rows = x.shape().extents();
  if (rows.empty()) fail(site, "wants a tensor of one dimension or more");
  rows.pop_back();
  if (indices.shape() != Shape(rows)) {
    fail(site, absl::StrCat("indices have shape ", indices.shape().to_string(), ", x ",
                            x.shape().to_string(), " wants ", Shape(rows).to_string()));
  }
  Tensor chosen =
      select_where(site, class_mask(site, indices, x.shape()[-1]), x, constant_like(site, 0, x));
  Tensor sums = record<ir::ReduceSumOp>(site, {chosen}, [&](auto& p, mlir::Builder& b) {
    p.dims = b.getDenseI64ArrayAttr({x.dim() - 1});
  });
  return reshape_to(site, sums, Shape(rows));
}

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, Loc loc) {
  Site site{"gather", loc};
  require_defined(site, x);
  if (x.dim() == 0) {
    return reshape_to(site,
                      gather(reshape_to(site, x, {1}), dim, reshape_to(site, index, {1}), loc), {});
  }
  dim = wrap_dim(site, dim, x.dim());
  require_within(site, x, dim, index);
  Tensor flat = reshape_to(site, x, {x.numel()});
  return record<ir::GatherOp>(site, {flat, flat_positions(site, x.shape(), dim, index)});
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& src, Loc loc) {
  Site site{"scatter_add", loc};
  require_defined(site, x);
  require_defined(site, src);
  if (x.dim() == 0) {
    Tensor row = scatter_add(reshape_to(site, x, {1}), dim, reshape_to(site, index, {1}),
                             reshape_to(site, src, {1}), loc);
    return reshape_to(site, row, {});
  }
  dim = wrap_dim(site, dim, x.dim());
  require_within(site, x, dim, index);
  if (src.dtype() != x.dtype()) {
    fail(site, absl::StrCat("src is ", type_of(src), ", x is ", type_of(x), "; cast one of them"));
  }
  bool covers = src.dim() == index.dim();
  for (int64_t d = 0; covers && d < index.dim(); ++d) covers = index.shape()[d] <= src.shape()[d];
  if (!covers) {
    fail(site, absl::StrCat("src ", src.shape().to_string(), " must be at least as large as index ",
                            index.shape().to_string()));
  }
  if (index.numel() == 0) return x;
  if (x.dtype() == boolean) {  // whether any is true
    Tensor sums = scatter_add(cast_to(site, x, i32), dim, index, cast_to(site, src, i32), loc);
    return cast_to(site, sums, boolean);
  }
  Tensor used = src;
  for (int64_t d = 0; d < index.dim(); ++d) used = slice(used, d, 0, index.shape()[d], 1, loc);
  Tensor at = reshape_to(site, flat_positions(site, x.shape(), dim, index), {index.numel()});
  Tensor sums = record<ir::ScatterAddOp>(
      site, {at, reshape_to(site, used, {index.numel()})},
      [&](auto& p, mlir::Builder& b) { p.rows = b.getI64IntegerAttr(x.numel()); });
  return binary<ir::AddOp>(site, x, reshape_to(site, sums, x.shape()));
}

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index, Loc loc) {
  Site site{"index_select", loc};
  require_defined(site, x);
  require_defined(site, index);
  require_indices(site, index);
  if (index.dim() > 1) {
    fail(site, absl::StrCat("index must have one dimension, not ", index.shape().to_string()));
  }
  Tensor rows = reshape_to(site, index, {index.numel()});
  if (x.dim() == 0) {
    wrap_dim(site, dim, 0);
    return reshape_to(site, record<ir::GatherOp>(site, {reshape_to(site, x, {1}), rows}), {});
  }
  dim = wrap_dim(site, dim, x.dim());
  Tensor picked = record<ir::GatherOp>(site, {transpose(x, 0, dim, loc), rows});
  return transpose(picked, 0, dim, loc);
}

Tensor update_slice(const Tensor& x, int64_t dim, const Tensor& start, const Tensor& rows,
                    Loc loc) {
  Site site{"update_slice", loc};
  require_defined(site, x);
  require_defined(site, rows);
  require_defined(site, start);
  dim = wrap_dim(site, dim, x.dim());
  if (start.dim() != 0 || (start.dtype() != i32 && start.dtype() != i64)) {
    fail(site, absl::StrCat("start must be a scalar of i32 or i64, not ", type_of(start)));
  }
  bool fits = rows.dim() == x.dim() && rows.dtype() == x.dtype();
  for (int64_t d = 0; fits && d < x.dim(); ++d) fits = d == dim || rows.shape()[d] == x.shape()[d];
  if (!fits) {
    fail(site, absl::StrCat("rows ", type_of(rows), " must be as x ", type_of(x),
                            " but along dimension ", dim));
  }
  if (x.dtype() == boolean) {  // numbers alone are moved
    Tensor bytes = update_slice(cast_to(site, x, u8), dim, start, cast_to(site, rows, u8), loc);
    return cast_to(site, bytes, boolean);
  }
  return record<ir::UpdateSliceOp>(
      site, {x, rows, start}, [&](auto& p, mlir::Builder& b) { p.dim = b.getI64IntegerAttr(dim); });
}

}  // namespace etch
