// Element types of tensors: their sizes, names and PyTorch's promotion between them.
#ifndef ETCH_RUNTIME_DTYPE_H_
#define ETCH_RUNTIME_DTYPE_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>

namespace etch {

// The order is that of promotion within a category; the numbers are part of saved files.
enum class DType : uint8_t {
  kBool = 0,
  kU8 = 1,
  kI8 = 2,
  kI32 = 3,
  kI64 = 4,
  kF16 = 5,
  kBF16 = 6,
  kF32 = 7,
  kF64 = 8,
};

inline constexpr DType boolean = DType::kBool;
inline constexpr DType u8 = DType::kU8;
inline constexpr DType i8 = DType::kI8;
inline constexpr DType i32 = DType::kI32;
inline constexpr DType i64 = DType::kI64;
inline constexpr DType f16 = DType::kF16;
inline constexpr DType bf16 = DType::kBF16;
inline constexpr DType f32 = DType::kF32;
inline constexpr DType f64 = DType::kF64;

// Bytes of one element; a bool takes one byte, 0 or 1.
constexpr int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kU8:
    case DType::kI8:
      return 1;
    case DType::kF16:
    case DType::kBF16:
      return 2;
    case DType::kI32:
    case DType::kF32:
      return 4;
    case DType::kI64:
    case DType::kF64:
      return 8;
  }
  return 0;
}

// f16, bf16, f32 and f64.
constexpr bool is_floating(DType dtype) { return dtype >= DType::kF16; }

// "bool", "u8", "i8", "i32", "i64", "f16", "bf16", "f32", "f64".
std::string_view dtype_name(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);

// The dtype of an operation on `a` and `b`, by PyTorch's table for tensors of one dimension or
// more: the higher category (bool < integer < float) wins, then the wider type; f16 with bf16
// is f32, u8 with i8 is not smaller than i32.
DType promote(DType a, DType b);

std::ostream& operator<<(std::ostream& os, DType dtype);

// The DType of a C++ type: dtype_of<float>() == f32.
template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<bool>() {
  return boolean;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return u8;
}
template <>
constexpr DType dtype_of<int8_t>() {
  return i8;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return i32;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return i64;
}
template <>
constexpr DType dtype_of<float>() {
  return f32;
}
template <>
constexpr DType dtype_of<double>() {
  return f64;
}

}  // namespace etch

#endif  // ETCH_RUNTIME_DTYPE_H_
