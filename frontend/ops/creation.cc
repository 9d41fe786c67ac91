#include "etch/frontend/ops/creation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"

namespace etch {

using namespace frontend;  // NOLINT

namespace {

void require_shape(const Site& site, const Shape& shape) {
  for (int64_t extent : shape) {
    if (extent < 0) {
      fail(site, absl::StrCat("shape ", shape.to_string(), " has a negative extent"));
    }
  }
}

}  // namespace

Tensor full(const Shape& shape, double value, DType dtype, Loc loc) {
  Site site{"full", loc};
  require_shape(site, shape);
  return constant(site, value, dtype, shape);
}

Tensor zeros(const Shape& shape, DType dtype, Loc loc) { return full(shape, 0, dtype, loc); }
Tensor ones(const Shape& shape, DType dtype, Loc loc) { return full(shape, 1, dtype, loc); }

Tensor eye(int64_t n, DType dtype, Loc loc) {
  Site site{"eye", loc};
  require_shape(site, {n, n});
  return cast_to(site,
                 compare_with(site, ir::Comparison::eq, iota(site, {n, n}, 0, i64),
                              iota(site, {n, n}, 1, i64)),
                 dtype);
}

Tensor arange(int64_t end, DType dtype, Loc loc) { return arange(0, end, 1, dtype, loc); }

Tensor arange(int64_t start, int64_t end, int64_t step, DType dtype, Loc loc) {
  Site site{"arange", loc};
  if (step == 0) fail(site, "the step is 0");
  int64_t distance = step > 0 ? end - start : start - end;
  int64_t width = step > 0 ? step : -step;
  int64_t n = std::max<int64_t>(0, (distance + width - 1) / width);
  Tensor index = iota(site, {n}, 0, i64);
  if (step != 1) index = binary<ir::MulOp>(site, index, constant(site, step, i64, {n}));
  if (start != 0) index = binary<ir::AddOp>(site, index, constant(site, start, i64, {n}));
  return cast_to(site, index, dtype);
}

Tensor zeros_like(const Tensor& x, Loc loc) { return zeros(x.shape(), x.dtype(), loc); }
Tensor ones_like(const Tensor& x, Loc loc) { return ones(x.shape(), x.dtype(), loc); }

}  // namespace etch
