#include "etch/runtime/dtype.h"

#include <algorithm>
#include <array>
#include <utility>

namespace etch {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"bool", "u8",   "i8",  "i32", "i64",
                                                    "f16",  "bf16", "f32", "f64"};

}  // namespace

std::string_view dtype_name(DType dtype) {
  auto index = static_cast<size_t>(dtype);
  return index < kNames.size() ? kNames[index] : "?";
}

std::optional<DType> dtype_from_name(std::string_view name) {
  auto it = std::find(kNames.begin(), kNames.end(), name);
  if (it == kNames.end()) return std::nullopt;
  return static_cast<DType>(it - kNames.begin());
}

DType promote(DType a, DType b) {
  auto [low, high] = std::minmax(a, b);
  // Neither of these two pairs holds the other; PyTorch takes i16 for the second, which Etch lacks.
  if (low == f16 && high == bf16) return f32;
  if (low == u8 && high == i8) return i32;
  return high;
}

std::ostream& operator<<(std::ostream& os, DType dtype) { return os << dtype_name(dtype); }

}  // namespace etch
