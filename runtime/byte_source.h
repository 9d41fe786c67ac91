// What readers of file formats read from: a file, or bytes in memory. Internal; not installed.
#ifndef ETCH_RUNTIME_BYTE_SOURCE_H_
#define ETCH_RUNTIME_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace etch::runtime {

// Threads: reading from several threads is safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // The path, or what stands for it in messages.
  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }

  // Fills `out` from byte `offset` on. Errors: INVALID_ARGUMENT when that is beyond the end;
  // DATA_LOSS when a file has become shorter; those of the system, with the path.
  absl::Status read(uint64_t offset, std::span<std::byte> out) const;

 protected:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  void set_size(uint64_t size) { size_ = size; }

 private:
  // `offset` and `out` lie within size().
  virtual absl::Status read_within(uint64_t offset, std::span<std::byte> out) const = 0;

  std::string name_;
  uint64_t size_ = 0;
};

// Errors: NOT_FOUND, PERMISSION_DENIED and the like; INVALID_ARGUMENT when it is no regular file.
absl::StatusOr<std::unique_ptr<ByteSource>> open_file(const std::string& path);

// `bytes` must outlive the source.
std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes, std::string_view name);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_BYTE_SOURCE_H_
