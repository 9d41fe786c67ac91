#include "etch/frontend/ops/diagonal.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// Keeps the elements whose column minus row is on one side of `diagonal`.
Tensor triangle(const Site& site, const Tensor& x, int64_t diagonal, ir::Comparison keep) {
  if (x.dim() < 2) fail(site, absl::StrCat("wants two dimensions or more, not ", type_of(x)));
  Tensor row = iota(site, x.shape(), x.dim() - 2, i64);
  if (diagonal != 0) {
    row = binary<ir::AddOp>(site, row, constant_like(site, static_cast<double>(diagonal), row));
  }
  Tensor mask = compare_with(site, keep, iota(site, x.shape(), x.dim() - 1, i64), row);
  return select_where(site, mask, x, constant_like(site, 0, x));
}

// Where a diagonal lies in a rows x columns matrix that is read as one row.
struct Line {
  int64_t start;
  int64_t length;
};
Line line_of(int64_t rows, int64_t columns, int64_t offset) {
  int64_t row = std::max<int64_t>(0, -offset), column = std::max<int64_t>(0, offset);
  int64_t length = std::max<int64_t>(0, std::min(rows - row, columns - column));
  return {length == 0 ? 0 : row * columns + column, length};
}

}  // namespace

Tensor tril(const Tensor& x, int64_t diagonal, Loc loc) {
  return triangle({"tril", loc}, x, diagonal, ir::Comparison::le);
}

Tensor triu(const Tensor& x, int64_t diagonal, Loc loc) {
  return triangle({"triu", loc}, x, diagonal, ir::Comparison::ge);
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2, Loc loc) {
  Site site{"diagonal", loc};
  require_defined(site, x);
  if (x.dim() < 2) fail(site, absl::StrCat("wants two dimensions or more, not ", type_of(x)));
  dim1 = wrap_dim(site, dim1, x.dim());
  dim2 = wrap_dim(site, dim2, x.dim());
  if (dim1 == dim2) fail(site, absl::StrCat("dimension ", dim1, " is named twice"));
  std::vector<int64_t> order, extents;
  for (int64_t dim = 0; dim < x.dim(); ++dim) {
    if (dim == dim1 || dim == dim2) continue;
    order.push_back(dim);
    extents.push_back(x.shape()[dim]);
  }
  order.insert(order.end(), {dim1, dim2});
  int64_t rows = x.shape()[dim1], columns = x.shape()[dim2];
  extents.push_back(rows * columns);
  Tensor flat = reshape_to(site, permuted(site, x, order), Shape(extents));
  Line line = line_of(rows, columns, offset);
  return slice_along(site, flat, flat.dim() - 1, {line.start, line.length, columns + 1});
}

Tensor diag(const Tensor& x, int64_t diagonal, Loc loc) {
  Site site{"diag", loc};
  require_defined(site, x);
  if (x.dim() == 2) return etch::diagonal(x, diagonal, 0, 1, loc);
  if (x.dim() != 1) {
    fail(site, absl::StrCat("wants a matrix or a vector, not ", type_of(x)));
  }
  int64_t n = x.numel() + std::abs(diagonal);
  if (x.numel() == 0) return constant(site, 0, x.dtype(), {n, n});
  Line line = line_of(n, n, diagonal);
  int64_t past = line.start + (line.length - 1) * (n + 1) + 1;
  Tensor flat = pad_zeros(site, x, {line.start}, {n * n - past}, {n});
  return reshape_to(site, flat, {n, n});
}

}  // namespace etch
