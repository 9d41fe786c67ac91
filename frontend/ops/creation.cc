#include "etch/frontend/ops/creation.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/common.h"
#include "etch/frontend/ops/movement.h"

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

// start + step * i for i below n; floats are computed in f64 and rounded once.
Tensor ramp(const Site& site, double start, double step, int64_t n, DType dtype) {
  DType wide = is_floating(dtype) ? f64 : i64;
  Tensor index = iota(site, {n}, 0, wide);
  if (step != 1) index = binary<ir::MulOp>(site, index, constant(site, step, wide, {n}));
  if (start != 0) index = binary<ir::AddOp>(site, index, constant(site, start, wide, {n}));
  return cast_to(site, index, dtype);
}

}  // namespace

Tensor full(const Shape& shape, double value, DType dtype, Loc loc) {
  Site site{"full", loc};
  require_shape(site, shape);
  return constant(site, value, dtype, shape);
}

Tensor zeros(const Shape& shape, DType dtype, Loc loc) { return full(shape, 0, dtype, loc); }
Tensor ones(const Shape& shape, DType dtype, Loc loc) { return full(shape, 1, dtype, loc); }

Tensor zeros_like(const Tensor& x, Loc loc) { return full_like(x, 0, std::nullopt, loc); }
Tensor ones_like(const Tensor& x, Loc loc) { return full_like(x, 1, std::nullopt, loc); }
Tensor full_like(const Tensor& x, double value, std::optional<DType> dtype, Loc loc) {
  require_defined({"full_like", loc}, x);
  return full(x.shape(), value, dtype.value_or(x.dtype()), loc);
}

Tensor eye(int64_t n, DType dtype, Loc loc) { return eye(n, n, dtype, loc); }
Tensor eye(int64_t n, int64_t m, DType dtype, Loc loc) {
  Site site{"eye", loc};
  require_shape(site, {n, m});
  return cast_to(site,
                 compare_with(site, ir::Comparison::eq, iota(site, {n, m}, 0, i64),
                              iota(site, {n, m}, 1, i64)),
                 dtype);
}

Tensor arange(const Number& end, std::optional<DType> dtype, Loc loc) {
  return arange(Number(0), end, Number(1), dtype, loc);
}

Tensor arange(const Number& start, const Number& end, const Number& step,
              std::optional<DType> dtype, Loc loc) {
  Site site{"arange", loc};
  bool whole = start.is_integer() && end.is_integer() && step.is_integer();
  DType result = dtype.value_or(whole ? i64 : f32);
  double distance = end.value() - start.value();
  if (step.value() == 0) fail(site, "the step is 0");
  if (distance / step.value() < 0) {
    fail(site, absl::StrCat("a step of ", step.value(), " does not lead from ", start.value(),
                            " to ", end.value()));
  }
  auto n = static_cast<int64_t>(std::ceil(distance / step.value()));
  if (result == boolean) fail(site, "has no booleans; use an integer dtype");
  // Fractions are added up before they are cut off.
  DType computed = whole || is_floating(result) ? result : f64;
  return cast_to(site, ramp(site, start.value(), step.value(), n, computed), result);
}

// From both ends to the middle, so that both ends are exact.
Tensor linspace(double start, double end, int64_t steps, DType dtype, Loc loc) {
  Site site{"linspace", loc};
  if (steps < 0) fail(site, absl::StrCat("the number of steps is ", steps, ", below 0"));
  if (steps == 1) return full({1}, start, dtype, loc);
  double step = (end - start) / static_cast<double>(std::max<int64_t>(steps - 1, 1));
  Tensor index = iota(site, {steps}, 0, f64);
  Tensor last = constant_like(site, static_cast<double>(steps - 1), index);
  Tensor width = constant_like(site, step, index);
  Tensor up = binary<ir::AddOp>(site, constant_like(site, start, index),
                                binary<ir::MulOp>(site, index, width));
  Tensor rest = binary<ir::SubOp>(site, last, index);
  Tensor down = binary<ir::SubOp>(site, constant_like(site, end, index),
                                  binary<ir::MulOp>(site, rest, width));
  Tensor first_half = compare_with(site, ir::Comparison::lt, index, rest);
  return cast_to(site, select_where(site, first_half, up, down), dtype);
}

std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing,
                             Loc loc) {
  Site site{"meshgrid", loc};
  bool swapped = indexing == "xy" && tensors.size() >= 2;
  if (indexing != "ij" && indexing != "xy") {
    fail(site, absl::StrCat("indexing is \"ij\" or \"xy\", not \"", std::string(indexing), "\""));
  }
  std::vector<int64_t> extents;
  for (const Tensor& tensor : tensors) {
    require_defined(site, tensor);
    if (tensor.dim() > 1) {
      fail(site, absl::StrCat("wants tensors of one dimension, not ", type_of(tensor)));
    }
    extents.push_back(tensor.numel());
  }
  std::vector<Tensor> grids;
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::vector<int64_t> column(tensors.size(), 1);
    column[i] = extents[i];
    Tensor grid = broadcast_to(site, reshape_to(site, tensors[i], Shape(column)), Shape(extents));
    grids.push_back(swapped ? transpose(grid, 0, 1, loc) : grid);
  }
  return grids;
}

}  // namespace etch
