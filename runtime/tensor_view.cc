#include "etch/runtime/tensor_view.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "etch/runtime/half.h"
#include "etch/runtime/status.h"

namespace etch {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename T, typename Fn>
void visit_as(const void* data, int64_t count, Fn fn) {
  const T* values = static_cast<const T*>(data);
  for (int64_t i = 0; i < count; ++i) fn(values[i]);
}

// Calls `fn(double)` with elements [first, first + count). The dtype is looked at once, not once
// per element, since taps may watch large activations.
template <typename Fn>
void visit(const TensorView& view, int64_t first, int64_t count, Fn fn) {
  auto widen = [&](auto value) { fn(static_cast<double>(value)); };
  const void* data = static_cast<const char*>(view.data) + first * size_of(view.dtype);
  switch (view.dtype) {
    case DType::kBool:
      return visit_as<uint8_t>(data, count, [&](uint8_t value) { fn(value != 0 ? 1.0 : 0.0); });
    case DType::kU8:
      return visit_as<uint8_t>(data, count, widen);
    case DType::kI8:
      return visit_as<int8_t>(data, count, widen);
    case DType::kI32:
      return visit_as<int32_t>(data, count, widen);
    case DType::kI64:
      return visit_as<int64_t>(data, count, widen);
    case DType::kF16:
      return visit_as<uint16_t>(data, count, [&](uint16_t bits) { fn(f16_to_float(bits)); });
    case DType::kBF16:
      return visit_as<uint16_t>(data, count, [&](uint16_t bits) { fn(bf16_to_float(bits)); });
    case DType::kF32:
      return visit_as<float>(data, count, widen);
    case DType::kF64:
      return visit_as<double>(data, count, widen);
  }
}

template <typename Fn>
void visit(const TensorView& view, Fn fn) {
  visit(view, 0, view.num_elements(), fn);
}

}  // namespace

int64_t TensorView::num_elements() const {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (__builtin_mul_overflow(count, extent, &count)) count = std::numeric_limits<int64_t>::max();
  }
  return count;
}

double TensorView::at(int64_t i) const {
  double result = kNan;
  visit(*this, i, 1, [&](double value) { result = value; });
  return result;
}

double TensorView::norm() const {
  double squares = 0;
  visit(*this, [&](double value) { squares += value * value; });
  return std::sqrt(squares);
}

double TensorView::sum() const {
  double total = 0;
  visit(*this, [&](double value) { total += value; });
  return total;
}

double TensorView::mean() const {
  int64_t count = num_elements();
  return count > 0 ? sum() / static_cast<double>(count) : kNan;
}

double TensorView::min() const {
  if (num_elements() <= 0) return kNan;
  double least = std::numeric_limits<double>::infinity();
  visit(*this, [&](double value) {
    if (value < least || std::isnan(value)) least = value;
  });
  return least;
}

double TensorView::max() const {
  if (num_elements() <= 0) return kNan;
  double most = -std::numeric_limits<double>::infinity();
  visit(*this, [&](double value) {
    if (value > most || std::isnan(value)) most = value;
  });
  return most;
}

bool TensorView::all_finite() const {
  bool finite = true;
  visit(*this, [&](double value) { finite = finite && std::isfinite(value); });
  return finite;
}

absl::Status TensorView::check_dtype(DType expected) const {
  if (dtype == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the values are ", runtime::to_absl(dtype_name(dtype)), " and were asked for as ",
      runtime::to_absl(dtype_name(expected)), "; use at(), which converts any dtype"));
}

}  // namespace etch
