#include "datatype.h"

#include <algorithm>
#include <utility>

namespace server {
namespace {

using etch::DType;

constexpr std::pair<DType, std::string_view> kNames[] = {
    {DType::kBool, "BOOL"}, {DType::kU8, "UINT8"},  {DType::kI8, "INT8"},
    {DType::kI32, "INT32"}, {DType::kI64, "INT64"}, {DType::kF16, "FP16"},
    {DType::kBF16, "BF16"}, {DType::kF32, "FP32"},  {DType::kF64, "FP64"},
};

}  // namespace

std::string_view datatype_name(DType dtype) {
  return std::ranges::find(kNames, dtype, &std::pair<DType, std::string_view>::first)->second;
}

std::optional<DType> datatype_from_name(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &std::pair<DType, std::string_view>::second);
  if (found == std::end(kNames)) return std::nullopt;
  return found->first;
}

}  // namespace server
