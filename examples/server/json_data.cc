#include "json_data.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "datatype.h"
#include "etch/runtime/half.h"
#include "etch/runtime/status.h"

namespace server {
namespace {

using etch::DType;
using etch::Shape;
using etch::runtime::to_absl;

// More dimensions than any tensor has.
constexpr size_t kMaxDepth = 16;

template <typename T>
T element(std::span<const std::byte> bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void put_element(std::vector<std::byte>& bytes, size_t i, T value) {
  std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
}

template <typename T>
void append_number(T value, std::string& text) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) {
      text += "null";
      return;
    }
  }
  char digits[32];
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

template <typename T, typename Append>
void append_all(std::span<const std::byte> bytes, std::string& text, Append append) {
  text += '[';
  for (size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
    if (i > 0) text += ',';
    append(element<T>(bytes, i), text);
  }
  text += ']';
}

template <typename T>
void append_numbers(std::span<const std::byte> bytes, std::string& text) {
  append_all<T>(bytes, text, append_number<T>);
}

}  // namespace

bool JsonData::fail(std::string error) {
  if (error_.empty()) error_ = std::move(error);
  return false;
}

bool JsonData::begin_array() {
  size_t depth = counts_.size();
  if (!error_.empty()) return false;
  if (depth == kMaxDepth) return fail(absl::StrCat("arrays are nested deeper than ", kMaxDepth));
  if (depth > 0) {
    if (depth == leaf_depth_) return fail("an array has both numbers and arrays in it");
    ++counts_.back();
  }
  counts_.push_back(0);
  if (extents_.size() < counts_.size()) extents_.push_back(-1);
  return true;
}

bool JsonData::end_array() {
  if (!error_.empty()) return false;
  int64_t count = counts_.back(), &extent = extents_[counts_.size() - 1];
  if (extent >= 0 && extent != count)
    return fail(absl::StrCat("arrays side by side have ", extent, " and ", count, " elements"));
  extent = count;
  counts_.pop_back();
  return true;
}

bool JsonData::add_element(Kind kind) {
  if (!error_.empty()) return false;
  if (leaf_depth_ == 0) leaf_depth_ = counts_.size();
  if (leaf_depth_ != counts_.size()) return fail("numbers stand in arrays of different depth");
  if (kind_ != Kind::kNone && (kind_ == Kind::kBools) != (kind == Kind::kBools))
    return fail("there are both numbers and booleans");
  if (kind_ == Kind::kNone || kind == Kind::kFloats) {
    if (kind == Kind::kFloats && kind_ != Kind::kFloats) first_float_ = integers_.size();
    kind_ = kind;
  }
  ++counts_.back();
  return true;
}

bool JsonData::add(bool value) {
  if (!add_element(Kind::kBools)) return false;
  integers_.push_back(value ? 1 : 0);
  return true;
}

bool JsonData::add(int64_t value) {
  if (!add_element(Kind::kIntegers)) return false;
  if (kind_ == Kind::kFloats)
    floats_.push_back(static_cast<double>(value));
  else
    integers_.push_back(value);
  return true;
}

bool JsonData::add(double value) {
  if (!add_element(Kind::kFloats)) return false;
  if (floats_.empty()) {
    floats_.assign(integers_.begin(), integers_.end());
    integers_ = {};
  }
  floats_.push_back(value);
  return true;
}

absl::Status JsonData::check_shape(const Shape& shape) const {
  bool flat = extents_.size() == 1;
  if (flat && size() != shape.num_elements())
    return absl::InvalidArgumentError(
        absl::StrCat("has ", size(), " elements in its data, its shape ", shape.to_string(),
                     " has ", shape.num_elements()));
  if (!flat && extents_ != shape.extents())
    return absl::InvalidArgumentError(absl::StrCat(
        "has data nested as ", Shape(extents_).to_string(), ", its shape is ", shape.to_string()));
  return absl::OkStatus();
}

absl::Status JsonData::check_kind(DType dtype) const {
  if (kind_ == Kind::kNone || (dtype == DType::kBool) == (kind_ == Kind::kBools))
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("is ", to_absl(datatype_name(dtype)), ", its data has ",
                   kind_ == Kind::kBools ? "booleans" : "numbers", " in it"));
}

template <typename T>
absl::StatusOr<std::vector<std::byte>> JsonData::integers_as(DType dtype) const {
  if (kind_ == Kind::kFloats)
    return absl::InvalidArgumentError(absl::StrCat("has ", floats_[first_float_], " at element ",
                                                   first_float_, " of its data, which is no ",
                                                   to_absl(datatype_name(dtype))));
  std::vector<std::byte> bytes(integers_.size() * sizeof(T));
  for (size_t i = 0; i < integers_.size(); ++i) {
    if (!std::in_range<T>(integers_[i]))
      return absl::InvalidArgumentError(absl::StrCat("has ", integers_[i], " at element ", i,
                                                     " of its data, which is beyond ",
                                                     to_absl(datatype_name(dtype))));
    put_element(bytes, i, static_cast<T>(integers_[i]));
  }
  return bytes;
}

template <typename T, typename Convert>
absl::StatusOr<std::vector<std::byte>> JsonData::floats_as(DType dtype, Convert convert) const {
  auto count = static_cast<size_t>(size());
  std::vector<std::byte> bytes(count * sizeof(T));
  for (size_t i = 0; i < count; ++i) {
    double value = kind_ == Kind::kFloats ? floats_[i] : static_cast<double>(integers_[i]);
    bool fits = true;
    put_element<T>(bytes, i, convert(value, &fits));
    if (!fits)
      return absl::InvalidArgumentError(absl::StrCat("has ", value, " at element ", i,
                                                     " of its data, which is beyond ",
                                                     to_absl(datatype_name(dtype))));
  }
  return bytes;
}

absl::StatusOr<std::vector<std::byte>> JsonData::to_bytes(DType dtype, const Shape& shape) const {
  ETCH_RETURN_IF_ERROR(check_shape(shape));
  ETCH_RETURN_IF_ERROR(check_kind(dtype));
  auto to_float = [](double value, bool* fits) {
    auto rounded = static_cast<float>(value);
    *fits = std::isfinite(rounded);
    return rounded;
  };
  switch (dtype) {
    case DType::kBool:
    case DType::kU8:
      return integers_as<uint8_t>(dtype);
    case DType::kI8:
      return integers_as<int8_t>(dtype);
    case DType::kI32:
      return integers_as<int32_t>(dtype);
    case DType::kI64:
      return integers_as<int64_t>(dtype);
    case DType::kF16:
      return floats_as<uint16_t>(dtype, [&](double value, bool* fits) {
        uint16_t bits = etch::float_to_f16(to_float(value, fits));
        *fits = std::isfinite(etch::f16_to_float(bits));
        return bits;
      });
    case DType::kBF16:
      return floats_as<uint16_t>(dtype, [&](double value, bool* fits) {
        uint16_t bits = etch::float_to_bf16(to_float(value, fits));
        *fits = std::isfinite(etch::bf16_to_float(bits));
        return bits;
      });
    case DType::kF32:
      return floats_as<float>(dtype, to_float);
    case DType::kF64:
      return floats_as<double>(dtype, [](double value, bool*) { return value; });
  }
  return absl::InternalError("unknown dtype");
}

void append_json(std::span<const std::byte> bytes, DType dtype, std::string& text) {
  switch (dtype) {
    case DType::kBool:
      return append_all<uint8_t>(
          bytes, text, [](uint8_t value, std::string& to) { to += value != 0 ? "true" : "false"; });
    case DType::kU8:
      return append_numbers<uint8_t>(bytes, text);
    case DType::kI8:
      return append_numbers<int8_t>(bytes, text);
    case DType::kI32:
      return append_numbers<int32_t>(bytes, text);
    case DType::kI64:
      return append_numbers<int64_t>(bytes, text);
    case DType::kF16:
      return append_all<uint16_t>(bytes, text, [](uint16_t bits, std::string& to) {
        append_number(etch::f16_to_float(bits), to);
      });
    case DType::kBF16:
      return append_all<uint16_t>(bytes, text, [](uint16_t bits, std::string& to) {
        append_number(etch::bf16_to_float(bits), to);
      });
    case DType::kF32:
      return append_numbers<float>(bytes, text);
    case DType::kF64:
      return append_numbers<double>(bytes, text);
  }
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/false,
                                   nlohmann::json::error_handler_t::replace);
}

}  // namespace server
