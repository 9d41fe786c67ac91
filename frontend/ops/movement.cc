#include "etch/frontend/ops/movement.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// The shape with one extent of -1 replaced by what `elements` leaves for it.
Shape completed(const Shape& shape, int64_t elements) {
  std::vector<int64_t> extents = shape.extents();
  auto unknown = std::find(extents.begin(), extents.end(), -1);
  if (unknown == extents.end()) return shape;
  *unknown = 1;
  int64_t rest = Shape(extents).num_elements();
  *unknown = rest == 0 ? -1 : elements / rest;
  return Shape(std::move(extents));
}

bool holds(const Shape& shape, int64_t elements) {
  bool negative = std::any_of(shape.begin(), shape.end(), [](int64_t e) { return e < 0; });
  return !negative && shape.num_elements() == elements;
}

std::vector<int64_t> identity_order(int64_t rank) {
  std::vector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Tensor swapped(const Site& site, const Tensor& x, int64_t a, int64_t b) {
  require_defined(site, x);
  std::vector<int64_t> order = identity_order(x.dim());
  a = wrap_dim(site, a, x.dim());
  b = wrap_dim(site, b, x.dim());
  if (a == b) return x;
  std::swap(order[a], order[b]);
  return permuted(site, x, order);
}

// Each dimension counts[i] times: [n] becomes [1, n], [count, n], [count * n].
Tensor repeated(const Site& site, const Tensor& x, const Shape& counts) {
  std::vector<int64_t> apart, spread, together;
  int64_t added = counts.rank() - x.dim();
  for (int64_t i = 0; i < counts.rank(); ++i) {
    if (counts[i] < 0) fail(site, absl::StrCat("cannot repeat ", counts[i], " times"));
    int64_t extent = i < added ? 1 : x.shape()[i - added];
    apart.insert(apart.end(), {1, extent});
    spread.insert(spread.end(), {counts[i], extent});
    together.push_back(counts[i] * extent);
  }
  Tensor y = broadcast_to(site, reshape_to(site, x, Shape(apart)), Shape(spread));
  return reshape_to(site, y, Shape(together));
}

Tensor rolled(const Site& site, const Tensor& x, int64_t shift, int64_t dim) {
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.dim() == 0 ? 1 : x.shape()[dim];
  int64_t by = extent == 0 ? 0 : (shift % extent + extent) % extent;
  if (by == 0) return x;
  return join(
      site,
      {slice_along(site, x, dim, {extent - by, by}), slice_along(site, x, dim, {0, extent - by})},
      dim);
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape, Loc loc) {
  Site site{"reshape", loc};
  require_defined(site, x);
  Shape whole = completed(shape, x.numel());
  if (!holds(whole, x.numel())) {
    fail(site, absl::StrCat("shape ", shape.to_string(), " does not fit ", x.shape().to_string(),
                            ", which has ", x.numel(), " elements"));
  }
  return reshape_to(site, x, whole);
}

Tensor flatten(const Tensor& x, int64_t start, int64_t end, Loc loc) {
  Site site{"flatten", loc};
  require_defined(site, x);
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

Tensor unflatten(const Tensor& x, int64_t dim, const Shape& sizes, Loc loc) {
  Site site{"unflatten", loc};
  require_defined(site, x);
  if (x.dim() == 0) fail(site, "a tensor without dimensions has none to divide");
  dim = wrap_dim(site, dim, x.dim());
  Shape parts = completed(sizes, x.shape()[dim]);
  if (!holds(parts, x.shape()[dim])) {
    fail(site, absl::StrCat("sizes ", sizes.to_string(), " do not multiply to ", x.shape()[dim],
                            ", the extent of dimension ", dim, " of ", x.shape().to_string()));
  }
  std::vector<int64_t> extents = x.shape().extents();
  extents.erase(extents.begin() + dim);
  extents.insert(extents.begin() + dim, parts.begin(), parts.end());
  return reshape_to(site, x, Shape(extents));
}

Tensor squeeze(const Tensor& x, Loc loc) {
  require_defined({"squeeze", loc}, x);
  return squeeze(x, Dims(identity_order(x.dim())), loc);
}

Tensor squeeze(const Tensor& x, const Dims& dims, Loc loc) {
  Site site{"squeeze", loc};
  require_defined(site, x);
  std::vector<int64_t> extents;
  std::vector<bool> named(std::max<int64_t>(x.dim(), 1), false);
  for (int64_t dim : dims) named[wrap_dim(site, dim, x.dim())] = true;
  for (int64_t i = 0; i < x.dim(); ++i)
    if (!named[i] || x.shape()[i] != 1) extents.push_back(x.shape()[i]);
  return reshape_to(site, x, Shape(extents));
}

Tensor unsqueeze(const Tensor& x, int64_t dim, Loc loc) {
  Site site{"unsqueeze", loc};
  require_defined(site, x);
  std::vector<int64_t> extents = x.shape().extents();
  extents.insert(extents.begin() + wrap_dim(site, dim, x.dim() + 1), 1);
  return reshape_to(site, x, Shape(extents));
}

Tensor transpose(const Tensor& x, int64_t a, int64_t b, Loc loc) {
  return swapped({"transpose", loc}, x, a, b);
}
Tensor swapaxes(const Tensor& x, int64_t a, int64_t b, Loc loc) {
  return swapped({"swapaxes", loc}, x, a, b);
}
Tensor t(const Tensor& x, Loc loc) {
  Site site{"t", loc};
  require_defined(site, x);
  if (x.dim() > 2) fail(site, absl::StrCat("wants a matrix, not ", type_of(x)));
  return x.dim() < 2 ? x : swapped(site, x, 0, 1);
}

Tensor permute(const Tensor& x, const std::vector<int64_t>& dims, Loc loc) {
  Site site{"permute", loc};
  require_defined(site, x);
  if (static_cast<int64_t>(dims.size()) != x.dim()) {
    fail(site, absl::StrCat(dims.size(), " dimensions are named, ", x.shape().to_string(), " has ",
                            x.dim()));
  }
  wrap_dims(site, dims, x.dim());
  std::vector<int64_t> order;
  for (int64_t dim : dims) order.push_back(wrap_dim(site, dim, x.dim()));
  return permuted(site, x, order);
}

Tensor movedim(const Tensor& x, const Dims& from, const Dims& to, Loc loc) {
  Site site{"movedim", loc};
  require_defined(site, x);
  if (from.size() != to.size()) {
    fail(site, absl::StrCat(from.size(), " dimensions cannot go to ", to.size(), " places"));
  }
  if (from.empty()) return x;
  wrap_dims(site, from, x.dim());  // none twice
  wrap_dims(site, to, x.dim());
  std::vector<int64_t> order(x.dim(), -1);
  std::vector<bool> moved(x.dim(), false);
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t source = wrap_dim(site, from.begin()[i], x.dim());
    order[wrap_dim(site, to.begin()[i], x.dim())] = source;
    moved[source] = true;
  }
  int64_t next = 0;
  for (int64_t& place : order) {
    if (place >= 0) continue;
    while (moved[next]) ++next;
    place = next++;
  }
  return permuted(site, x, order);
}

Tensor expand(const Tensor& x, const Shape& shape, Loc loc) {
  Site site{"expand", loc};
  require_defined(site, x);
  std::vector<int64_t> extents = shape.extents();
  int64_t added = shape.rank() - x.dim();
  for (int64_t i = std::max<int64_t>(0, added); i < shape.rank(); ++i)
    if (extents[i] == -1) extents[i] = x.shape()[i - added];
  return frontend::broadcast_to(site, x, Shape(extents));
}
Tensor expand_as(const Tensor& x, const Tensor& other, Loc loc) {
  return frontend::broadcast_to({"expand_as", loc}, x, other.shape());
}
Tensor broadcast_to(const Tensor& x, const Shape& shape, Loc loc) { return expand(x, shape, loc); }

Tensor repeat(const Tensor& x, const Shape& counts, Loc loc) {
  Site site{"repeat", loc};
  require_defined(site, x);
  if (counts.rank() < x.dim()) {
    fail(site, absl::StrCat(counts.rank(), " counts are too few for the dimensions of ",
                            x.shape().to_string()));
  }
  return repeated(site, x, counts);
}

Tensor tile(const Tensor& x, const Shape& counts, Loc loc) {
  Site site{"tile", loc};
  require_defined(site, x);
  std::vector<int64_t> all(std::max<int64_t>(0, x.dim() - counts.rank()), 1);
  all.insert(all.end(), counts.begin(), counts.end());
  return repeated(site, x, Shape(all));
}

Tensor repeat_interleave(const Tensor& x, int64_t count, int64_t dim, Loc loc) {
  Site site{"repeat_interleave", loc};
  require_defined(site, x);
  if (count < 0) fail(site, absl::StrCat("cannot repeat ", count, " times"));
  dim = wrap_dim(site, dim, x.dim());
  Tensor rows = unsqueeze(x.dim() == 0 ? reshape_to(site, x, {1}) : x, dim + 1, loc);
  std::vector<int64_t> spread = rows.shape().extents();
  spread[dim + 1] = count;
  return flatten(frontend::broadcast_to(site, rows, Shape(spread)), dim, dim + 1, loc);
}

Tensor slice(const Tensor& x, int64_t dim, int64_t start, int64_t stop, int64_t step, Loc loc) {
  Site site{"slice", loc};
  require_defined(site, x);
  if (step <= 0) fail(site, absl::StrCat("the step must be positive, not ", step));
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be sliced");
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.shape()[dim];
  auto clamped = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + extent : i, 0, extent); };
  start = clamped(start);
  int64_t length = std::max<int64_t>(0, clamped(stop) - start);
  return slice_along(site, x, dim, {start, (length + step - 1) / step, step});
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length, Loc loc) {
  Site site{"narrow", loc};
  require_defined(site, x);
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be sliced");
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.shape()[dim], first = start < 0 ? start + extent : start;
  if (first < 0 || length < 0 || first > extent - length) {
    fail(site, absl::StrCat(length, " elements from ", start, " are not all in dimension ", dim,
                            " of extent ", extent));
  }
  return slice_along(site, x, dim, {first, length});
}

Tensor select(const Tensor& x, int64_t dim, int64_t index, Loc loc) {
  Site site{"select", loc};
  require_defined(site, x);
  if (x.dim() == 0) fail(site, "a tensor without dimensions cannot be indexed");
  dim = wrap_dim(site, dim, x.dim());
  int64_t extent = x.shape()[dim];
  if (index < -extent || index >= extent) {
    fail(site, absl::StrCat("index ", index, " is out of range for dimension ", dim, " of extent ",
                            extent));
  }
  Tensor row = slice_along(site, x, dim, {index < 0 ? index + extent : index, 1});
  std::vector<int64_t> extents = x.shape().extents();
  extents.erase(extents.begin() + dim);
  return reshape_to(site, row, Shape(extents));
}

Tensor flip(const Tensor& x, const Dims& dims, Loc loc) {
  Site site{"flip", loc};
  require_defined(site, x);
  if (dims.empty()) return x;
  std::vector<int64_t> along = wrap_dims(site, dims, x.dim());
  return record<ir::ReverseOp>(
      site, {x}, [&](auto& p, mlir::Builder& b) { p.dims = b.getDenseI64ArrayAttr(along); });
}

Tensor roll(const Tensor& x, const std::vector<int64_t>& shifts, const std::vector<int64_t>& dims,
            Loc loc) {
  Site site{"roll", loc};
  require_defined(site, x);
  if (dims.empty() && shifts.size() == 1) {
    Tensor flat = reshape_to(site, x, {x.numel()});
    return reshape_to(site, rolled(site, flat, shifts[0], 0), x.shape());
  }
  if (dims.size() != shifts.size()) {
    fail(site, absl::StrCat(shifts.size(), " shifts for ", dims.size(), " dimensions"));
  }
  Tensor y = x;
  for (size_t i = 0; i < dims.size(); ++i) y = rolled(site, y, shifts[i], dims[i]);
  return y;
}
Tensor roll(const Tensor& x, int64_t shift, int64_t dim, Loc loc) {
  Site site{"roll", loc};
  require_defined(site, x);
  return rolled(site, x, shift, dim);
}

}  // namespace etch
