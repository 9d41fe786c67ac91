#include "etch/frontend/ops/movement.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

struct Range {
  int64_t offset;
  int64_t size;
  int64_t stride;
};

Tensor slice_along(const Site& site, const Tensor& x, int64_t dim, Range range) {
  if (range.offset == 0 && range.size == x.shape()[dim] && range.stride == 1) return x;
  std::vector<int64_t> offsets(x.dim(), 0), sizes = x.shape().extents(), strides(x.dim(), 1);
  offsets[dim] = range.offset;
  sizes[dim] = range.size;
  strides[dim] = range.stride;
  return record<ir::SliceOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.offsets = b.getDenseI64ArrayAttr(offsets);
    p.sizes = b.getDenseI64ArrayAttr(sizes);
    p.strides = b.getDenseI64ArrayAttr(strides);
  });
}

Tensor permuted(const Site& site, const Tensor& x, const std::vector<int64_t>& order) {
  return record<ir::TransposeOp>(
      site, {x}, [&](auto& p, mlir::Builder& b) { p.permutation = b.getDenseI64ArrayAttr(order); });
}

Tensor concat(const Site& site, const std::vector<Tensor>& tensors, int64_t dim) {
  if (tensors.empty()) fail(site, "wants at least one tensor");
  DType dtype = tensors.front().dtype();
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) fail(site, "an operand is an empty tensor");
    dtype = promote(dtype, tensor.dtype());
  }
  std::vector<Tensor> operands;
  for (const Tensor& tensor : tensors) operands.push_back(cast_to(site, tensor, dtype));
  dim = wrap_dim(site, dim, tensors.front().dim());
  return record<ir::ConcatOp>(site, operands,
                              [&](auto& p, mlir::Builder& b) { p.dim = b.getI64IntegerAttr(dim); });
}

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

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape, Loc loc) {
  Site site{"reshape", loc};
  std::vector<int64_t> extents = shape.extents();
  auto unknown = std::find(extents.begin(), extents.end(), -1);
  if (unknown != extents.end()) {
    *unknown = 1;
    int64_t rest = Shape(extents).num_elements();
    *unknown = rest == 0 ? -1 : x.numel() / rest;
  }
  bool negative = std::any_of(extents.begin(), extents.end(), [](int64_t e) { return e < 0; });
  if (negative || Shape(extents).num_elements() != x.numel()) {
    fail(site, absl::StrCat("shape ", shape.to_string(), " does not fit ", x.shape().to_string(),
                            ", which has ", x.numel(), " elements"));
  }
  return reshape_to(site, x, Shape(extents));
}

Tensor transpose(const Tensor& x, int64_t a, int64_t b, Loc loc) {
  Site site{"transpose", loc};
  std::vector<int64_t> order(x.dim());
  std::iota(order.begin(), order.end(), 0);
  a = wrap_dim(site, a, x.dim());
  b = wrap_dim(site, b, x.dim());
  if (a == b) return x;
  std::swap(order[a], order[b]);
  return permuted(site, x, order);
}

Tensor permute(const Tensor& x, std::vector<int64_t> dims, Loc loc) {
  Site site{"permute", loc};
  if (static_cast<int64_t>(dims.size()) != x.dim()) {
    fail(site, absl::StrCat(dims.size(), " dimensions are named, ", x.shape().to_string(), " has ",
                            x.dim()));
  }
  wrap_dims(site, dims, x.dim());
  for (int64_t& dim : dims) dim = wrap_dim(site, dim, x.dim());
  return permuted(site, x, dims);
}

Tensor expand(const Tensor& x, const Shape& shape, Loc loc) {
  std::vector<int64_t> extents = shape.extents();
  int64_t added = shape.rank() - x.dim();
  for (int64_t i = std::max<int64_t>(0, added); i < shape.rank(); ++i)
    if (extents[i] == -1) extents[i] = x.shape()[i - added];
  return broadcast_to({"expand", loc}, x, Shape(extents));
}

Tensor squeeze(const Tensor& x, int64_t dim, Loc loc) {
  Site site{"squeeze", loc};
  dim = wrap_dim(site, dim, x.dim());
  std::vector<int64_t> extents = x.shape().extents();
  if (extents.empty() || extents[dim] != 1) return x;
  extents.erase(extents.begin() + dim);
  return reshape_to(site, x, Shape(extents));
}

Tensor unsqueeze(const Tensor& x, int64_t dim, Loc loc) {
  Site site{"unsqueeze", loc};
  std::vector<int64_t> extents = x.shape().extents();
  extents.insert(extents.begin() + wrap_dim(site, dim, x.dim() + 1), 1);
  return reshape_to(site, x, Shape(extents));
}

Tensor flatten(const Tensor& x, int64_t start, int64_t end, Loc loc) {
  Site site{"flatten", loc};
  start = wrap_dim(site, start, x.dim());
  end = wrap_dim(site, end, x.dim());
  if (start > end) fail(site, absl::StrCat("start ", start, " lies behind end ", end));
  std::vector<int64_t> extents;
  int64_t product = 1;
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (i >= start && i <= end) product *= x.shape()[i];
    if (i < start || i > end) extents.push_back(x.shape()[i]);
    if (i == end) extents.push_back(product);
  }
  if (x.dim() == 0) extents = {1};
  return reshape_to(site, x, Shape(extents));
}

Tensor slice(const Tensor& x, int64_t dim, int64_t start, int64_t stop, int64_t step, Loc loc) {
  Site site{"slice", loc};
  if (step <= 0) fail(site, absl::StrCat("the step must be positive, not ", step));
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be sliced");
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.shape()[dim];
  auto clamped = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + extent : i, 0, extent); };
  start = clamped(start);
  int64_t length = std::max<int64_t>(0, clamped(stop) - start);
  return slice_along(site, x, dim, {start, (length + step - 1) / step, step});
}

Tensor select(const Tensor& x, int64_t dim, int64_t index, Loc loc) {
  Site site{"select", loc};
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be indexed");
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.shape()[dim];
  if (index < -extent || index >= extent) {
    fail(site, absl::StrCat("index ", index, " is out of range for dimension ", dim, " of extent ",
                            extent));
  }
  Tensor row = slice_along(site, x, dim, {index < 0 ? index + extent : index, 1, 1});
  std::vector<int64_t> extents = x.shape().extents();
  extents.erase(extents.begin() + dim);
  return reshape_to(site, row, Shape(extents));
}

std::vector<Tensor> split(const Tensor& x, int64_t size, int64_t dim, Loc loc) {
  Site site{"split", loc};
  if (size <= 0) fail(site, absl::StrCat("the size must be positive, not ", size));
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be split");
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.shape()[dim];
  std::vector<Tensor> parts;
  for (int64_t start = 0; start < std::max<int64_t>(extent, 1); start += size) {
    parts.push_back(slice_along(site, x, dim, {start, std::min(size, extent - start), 1}));
  }
  return parts;
}

std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim, Loc loc) {
  Site site{"chunk", loc};
  if (chunks <= 0) fail(site, absl::StrCat("wants one chunk or more, not ", chunks));
  int64_t extent = x.dim() == 0 ? 1 : x.shape()[wrap_dim(site, dim, x.dim())];
  return split(x, std::max<int64_t>(1, (extent + chunks - 1) / chunks), dim, loc);
}

Tensor cat(const std::vector<Tensor>& tensors, int64_t dim, Loc loc) {
  return concat({"cat", loc}, tensors, dim);
}

Tensor stack(const std::vector<Tensor>& tensors, int64_t dim, Loc loc) {
  Site site{"stack", loc};
  if (tensors.empty()) fail(site, "wants at least one tensor");
  dim = wrap_dim(site, dim, tensors.front().dim() + 1);
  std::vector<Tensor> rows;
  for (const Tensor& tensor : tensors) rows.push_back(unsqueeze(tensor, dim, loc));
  return concat(site, rows, dim);
}

Tensor pad(const Tensor& x, std::vector<int64_t> padding, Loc loc) {
  Site site{"pad", loc};
  if (padding.size() % 2 != 0 || static_cast<int64_t>(padding.size() / 2) > x.dim()) {
    fail(site, absl::StrCat("padding has ", padding.size(), " numbers; a tensor of ", x.dim(),
                            " dimensions takes two for each dimension"));
  }
  std::vector<int64_t> low(x.dim(), 0), high(x.dim(), 0);
  for (size_t i = 0; i < padding.size() / 2; ++i) {
    low[x.dim() - 1 - i] = padding[2 * i];
    high[x.dim() - 1 - i] = padding[2 * i + 1];
  }
  return record<ir::PadOp>(site, {x}, [&](auto& p, mlir::Builder& b) {
    p.low = b.getDenseI64ArrayAttr(low);
    p.high = b.getDenseI64ArrayAttr(high);
    p.interior = b.getDenseI64ArrayAttr(std::vector<int64_t>(x.dim(), 0));
  });
}

Tensor flip(const Tensor& x, const std::vector<int64_t>& dims, Loc loc) {
  Site site{"flip", loc};
  if (dims.empty()) return x;
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  return record<ir::ReverseOp>(
      site, {x}, [&](auto& p, mlir::Builder& b) { p.dims = b.getDenseI64ArrayAttr(along); });
}

Tensor tril(const Tensor& x, int64_t diagonal, Loc loc) {
  return triangle({"tril", loc}, x, diagonal, ir::Comparison::le);
}

Tensor triu(const Tensor& x, int64_t diagonal, Loc loc) {
  return triangle({"triu", loc}, x, diagonal, ir::Comparison::ge);
}

}  // namespace etch
