#include "etch/frontend/ops/padding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

// Elements before and after the dimension; neither is negative.
struct Border {
  int64_t dim;
  int64_t low;
  int64_t high;
};

// The same number of elements for both ends of each dimension, in the order of the dimensions.
std::vector<Border> borders_of(const Site& site, const Tensor& x,
                               const std::vector<int64_t>& padding) {
  if (padding.size() % 2 != 0 || static_cast<int64_t>(padding.size() / 2) > x.dim()) {
    fail(site, absl::StrCat("padding has ", padding.size(), " numbers; a tensor of ", x.dim(),
                            " dimensions takes two for each dimension"));
  }
  std::vector<Border> borders;
  for (size_t i = 0; i < padding.size() / 2; ++i)
    borders.push_back({x.dim() - 1 - static_cast<int64_t>(i), padding[2 * i], padding[2 * i + 1]});
  return borders;
}

// Takes away what negative numbers say, and makes them 0.
Tensor cropped(const Site& site, const Tensor& x, std::vector<Border>& borders) {
  Tensor y = x;
  for (Border& border : borders) {
    int64_t extent = x.shape()[border.dim];
    int64_t first = std::max<int64_t>(0, -border.low);
    int64_t size = extent - first - std::max<int64_t>(0, -border.high);
    if (size < 0) {
      fail(site, absl::StrCat("dimension ", border.dim, " of extent ", extent,
                              " has no elements left after padding by ", border.low, " and ",
                              border.high));
    }
    y = slice_along(site, y, border.dim, {first, size});
    border.low = std::max<int64_t>(0, border.low);
    border.high = std::max<int64_t>(0, border.high);
  }
  return y;
}

Tensor with_zeros(const Site& site, const Tensor& x, const std::vector<Border>& borders) {
  std::vector<int64_t> low(x.dim(), 0), high(x.dim(), 0);
  bool any = false;
  for (const Border& border : borders) {
    low[border.dim] = border.low;
    high[border.dim] = border.high;
    any = any || border.low > 0 || border.high > 0;
  }
  return any ? pad_zeros(site, x, low, high) : x;
}

Tensor with_constant(const Site& site, const Tensor& x, const std::vector<Border>& borders,
                     double value) {
  Tensor padded = with_zeros(site, x, borders);
  if (value == 0 || padded.shape() == x.shape()) return padded;
  Tensor inside = with_zeros(site, constant(site, 1, boolean, x.shape()), borders);
  return select_where(site, inside, padded, constant_like(site, value, padded));
}

// `size` elements that belong before the first (or after the last) along the border's dimension.
Tensor edge(const Site& site, const Tensor& x, const Border& border, PadMode mode, bool before,
            int64_t size) {
  int64_t dim = border.dim, extent = x.shape()[dim];
  if (mode == PadMode::kReplicate) {
    std::vector<int64_t> extents = x.shape().extents();
    extents[dim] = size;
    return broadcast_to(site, slice_along(site, x, dim, {before ? 0 : extent - 1, 1}),
                        Shape(extents));
  }
  if (mode == PadMode::kCircular)
    return slice_along(site, x, dim, {before ? extent - size : 0, size});
  return flip(slice_along(site, x, dim, {before ? 1 : extent - 1 - size, size}), dim, site.loc);
}

Tensor extended(const Site& site, const Tensor& x, const Border& border, PadMode mode) {
  int64_t extent = x.shape()[border.dim], most = std::max(border.low, border.high);
  int64_t limit = mode == PadMode::kReflect ? extent - 1 : extent;
  if (most == 0) return x;
  if (extent == 0 || (mode != PadMode::kReplicate && most > limit)) {
    fail(site, absl::StrCat("a border of ", most, " is too wide for dimension ", border.dim,
                            " of extent ", extent));
  }
  std::vector<Tensor> parts;
  if (border.low > 0) parts.push_back(edge(site, x, border, mode, true, border.low));
  parts.push_back(x);
  if (border.high > 0) parts.push_back(edge(site, x, border, mode, false, border.high));
  return join(site, parts, border.dim);
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<int64_t>& padding, PadMode mode, double value,
           Loc loc) {
  Site site{"pad", loc};
  require_defined(site, x);
  std::vector<Border> borders = borders_of(site, x, padding);
  Tensor y = cropped(site, x, borders);
  if (mode == PadMode::kConstant) return with_constant(site, y, borders, value);
  for (const Border& border : borders) y = extended(site, y, border, mode);
  return y;
}

Tensor pad(const Tensor& x, const std::vector<int64_t>& padding, Loc loc) {
  return pad(x, padding, PadMode::kConstant, 0, loc);
}

}  // namespace etch
