#include "etch/runtime/values.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace etch::runtime {

std::string type_text(DType dtype, std::span<const int64_t> shape) {
  return absl::StrCat(to_absl(dtype_name(dtype)), " ", Shape(shape).to_string());
}

bool has_type(const TensorView& view, DType dtype, std::span<const int64_t> shape) {
  return view.dtype == dtype && std::ranges::equal(view.shape, shape);
}

void normalize_booleans(std::span<std::byte> values) {
  for (std::byte& value : values)
    if (value > std::byte{1}) value = std::byte{1};
}

void copy_values(const TensorView& from, Storage& to) {
  if (to.size() > 0) std::memcpy(to.data(), from.data, static_cast<size_t>(to.size()));
  if (from.dtype == DType::kBool) normalize_booleans(to.bytes());
}

}  // namespace etch::runtime
