// The bytes of a safetensors file in the making, for files that hold one among other things.
// Internal; not installed.
#ifndef ETCH_RUNTIME_SAFETENSORS_IMAGE_H_
#define ETCH_RUNTIME_SAFETENSORS_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/safetensors.h"

namespace etch::runtime {

struct SafetensorsImage {
  std::string header;  // with its length
  // In the order of the file; they belong to the entries that the image was made of.
  std::vector<std::span<const std::byte>> tensors;

  // The header, then the tensors.
  std::vector<std::span<const std::byte>> pieces() const;
  uint64_t size() const;
};

// `entries` must outlive the image. Every tensor starts at a multiple of `alignment` bytes (a power
// of two up to kBufferAlignment), behind tensors of zeros called "__padding__.N" where it must.
// Errors: as write_safetensors.
absl::StatusOr<SafetensorsImage> safetensors_image(std::span<const SafetensorsEntry> entries,
                                                   const SafetensorsMetadata& metadata,
                                                   size_t alignment = 1);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_SAFETENSORS_IMAGE_H_
