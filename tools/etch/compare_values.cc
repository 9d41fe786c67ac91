#include "etch/tools/etch/compare_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace etch::tools {
namespace {

bool both_odd(double u, double v) {
  return (std::isnan(u) && std::isnan(v)) || (std::isinf(u) && u == v);
}

}  // namespace

Difference compare_values(const TensorView& a, const TensorView& b) {
  Difference result;
  double squares = 0, size = 0;
  int64_t count = a.num_elements(), different = 0;
  for (int64_t i = 0; i < count; ++i) {
    double u = a.at(i), v = b.at(i);
    different += u != v;
    if (both_odd(u, v)) continue;
    if (!std::isfinite(u) || !std::isfinite(v)) {
      result.relative = result.largest = std::numeric_limits<double>::infinity();
      return result;
    }
    squares += (u - v) * (u - v);
    size += u * u;
    result.largest = std::max(result.largest, std::abs(u - v));
  }
  if (!is_floating(a.dtype))
    result.relative = count == 0 ? 0 : static_cast<double>(different) / static_cast<double>(count);
  else
    result.relative = squares == 0 ? 0 : std::sqrt(squares / std::max(size, 1e-30));
  return result;
}

double tolerance_of(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF64 ? 1e-3 : 3e-2;
}

}  // namespace etch::tools
