// The header of a safetensors file: parsed from its JSON and checked by every rule. Internal.
#ifndef ETCH_RUNTIME_SAFETENSORS_HEADER_H_
#define ETCH_RUNTIME_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/safetensors.h"

namespace etch::runtime {

inline constexpr int64_t kSafetensorsLengthBytes = 8;
inline constexpr uint64_t kSafetensorsMaxHeader = 100'000'000;

// Tensors of this prefix hold no values: they fill the place before one that is to be aligned,
// since the format allows no gaps.
inline constexpr std::string_view kSafetensorsPadding = "__padding__.";
inline bool is_safetensors_padding(std::string_view name) {
  return name.starts_with(kSafetensorsPadding);
}

// A dtype of the format: `dtype` is empty where Etch has no counterpart.
struct SafetensorsDType {
  std::string_view name;
  int bits;
  std::optional<DType> dtype;
};

// The name of `dtype` in the format, "F32".
std::string_view safetensors_name(DType dtype);

struct SafetensorsTensorInfo {
  std::string name;
  const SafetensorsDType* dtype = nullptr;
  std::vector<uint64_t> extents;
  // Of its bytes, from the end of the header.
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsTensorInfo> tensors;  // by their bytes' place
  SafetensorsMetadata metadata;
};

// The header's length in bytes from the first 8 of a file of `file_size` bytes. `prefix` may be
// shorter where the file is. Rules: HeaderTooSmall, HeaderTooLarge, InvalidHeaderLength.
absl::StatusOr<uint64_t> safetensors_header_length(std::span<const std::byte> prefix,
                                                   uint64_t file_size, std::string_view source);

// Parses `text`, the header without its length, of a file whose tensors take `data_bytes` bytes.
// After success every tensor lies within them, its size matches its shape, and its dtype is one of
// Etch's. Rules: all others.
absl::StatusOr<SafetensorsHeader> parse_safetensors_header(std::string_view text,
                                                           uint64_t data_bytes,
                                                           std::string_view source);

// `name` for a message: quoted, unprintable characters escaped, shortened when long.
std::string quoted_name(std::string_view name);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_SAFETENSORS_HEADER_H_
