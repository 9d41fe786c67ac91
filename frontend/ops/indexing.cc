#include "etch/frontend/ops/indexing.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

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

}  // namespace etch
