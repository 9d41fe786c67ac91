// Native code in memory: an ELF shared object made by the linker of codegen, loaded without the
// system's dynamic linker. Internal; not installed.
//
// That linker trusts what it loads, takes files only, and looks for symbols wherever the process
// has some. This loader checks each offset and each number before it is used, takes bytes, and
// gives code the functions of native_imports.h and no other.
#ifndef ETCH_RUNTIME_NATIVE_IMAGE_H_
#define ETCH_RUNTIME_NATIVE_IMAGE_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"

namespace etch::runtime {

class NativeImage {
 public:
  // Maps the segments of `elf`, applies its relocations, and makes code executable and constants
  // read-only. `elf` may go afterwards. Pages are never writable and executable at a time.
  // Errors: INVALID_ARGUMENT when `elf` is no shared object for x86-64 or uses what codegen's
  // linker does not produce; NOT_FOUND for a symbol that is not among native_imports.h;
  // RESOURCE_EXHAUSTED when memory is short.
  static absl::StatusOr<std::shared_ptr<NativeImage>> load(std::span<const std::byte> elf);

  NativeImage(const NativeImage&) = delete;
  NativeImage& operator=(const NativeImage&) = delete;
  ~NativeImage();

  // The function of this name; null when there is none.
  void* find(const std::string& symbol) const;

 private:
  friend class ImageLoader;
  NativeImage(std::byte* base, size_t size) : base_(base), size_(size) {}

  std::byte* const base_;
  const size_t size_;
  std::unordered_map<std::string, void*> functions_;
};

// The functions that the code in `elf` expects from outside; checked as by NativeImage::load.
absl::StatusOr<std::vector<std::string>> imports_of(std::span<const std::byte> elf);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_NATIVE_IMAGE_H_
