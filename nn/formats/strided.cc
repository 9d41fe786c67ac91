#include "etch/nn/formats/strided.h"

#include <algorithm>
#include <cstring>

namespace etch::nn::formats {

std::optional<int64_t> count_elements(std::span<const int64_t> shape) {
  int64_t bits = 64;  // Of the widest element, and for headroom.
  bool empty = false;
  for (int64_t extent : shape) {
    empty |= extent == 0;
    // Also where an extent is 0, so that strides can be computed without a thought.
    if (__builtin_mul_overflow(bits, std::max<int64_t>(extent, 1), &bits)) return std::nullopt;
  }
  return empty ? 0 : bits / 64;
}

std::optional<int64_t> reach_of(std::span<const int64_t> shape, std::span<const int64_t> strides) {
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  int64_t reach = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    int64_t step = 0;
    if (__builtin_mul_overflow(shape[d] - 1, strides[d], &step) ||
        __builtin_add_overflow(reach, step, &reach))
      return std::nullopt;
  }
  return reach;
}

std::vector<int64_t> row_major_strides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * std::max<int64_t>(shape[d], 1);
  return strides;
}

std::vector<int64_t> column_major_strides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = 1; d < shape.size(); ++d)
    strides[d] = strides[d - 1] * std::max<int64_t>(shape[d - 1], 1);
  return strides;
}

void copy_strided(std::span<const std::byte> from, std::span<const int64_t> shape,
                  std::span<const int64_t> strides, size_t element_bytes,
                  std::span<std::byte> out) {
  if (out.empty()) return;
  if (std::ranges::equal(strides, row_major_strides(shape))) {
    std::memcpy(out.data(), from.data(), out.size());
    return;
  }
  std::vector<int64_t> index(shape.size(), 0);
  int64_t at = 0;
  for (size_t written = 0; written < out.size(); written += element_bytes) {
    std::memcpy(out.data() + written, from.data() + static_cast<size_t>(at) * element_bytes,
                element_bytes);
    for (size_t d = shape.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < shape[d]) break;
      at -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
}

void swap_bytes(std::span<std::byte> bytes, size_t element_bytes) {
  for (size_t i = 0; i + element_bytes <= bytes.size(); i += element_bytes)
    std::ranges::reverse(bytes.subspan(i, element_bytes));
}

void normalize_bools(std::span<std::byte> bytes) {
  for (std::byte& value : bytes) value = std::byte{value != std::byte{0}};
}

}  // namespace etch::nn::formats
