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
#include "etch/runtime/storage.h"

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

  // `length` bytes from byte `offset` on, in memory: a copy, unless they come from a mapped file.
  // Errors: those of read() and of Storage::allocate.
  absl::StatusOr<std::shared_ptr<Storage>> load(uint64_t offset, uint64_t length,
                                                const std::shared_ptr<MemoryBudget>& budget) const;

 protected:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  void set_size(uint64_t size) { size_ = size; }

  // The range lies within size().
  virtual absl::StatusOr<std::shared_ptr<Storage>> load_within(
      uint64_t offset, uint64_t length, const std::shared_ptr<MemoryBudget>& budget) const;

 private:
  // `offset` and `out` lie within size().
  virtual absl::Status read_within(uint64_t offset, std::span<std::byte> out) const = 0;
  absl::Status check_range(uint64_t offset, uint64_t length) const;

  std::string name_;
  uint64_t size_ = 0;
};

// Errors: NOT_FOUND, PERMISSION_DENIED and the like; INVALID_ARGUMENT when it is no regular file.
absl::StatusOr<std::unique_ptr<ByteSource>> open_file(const std::string& path);

// The same, mapped: what load() gives shares its pages with other processes until it is written to,
// and is read from disk when it is first used. Writing does not change the file. Who shortens or
// overwrites the file meanwhile takes the values away (SIGBUS); replacing it by another, as our
// writers do, does not. Where the file system cannot map, as open_file().
absl::StatusOr<std::unique_ptr<ByteSource>> map_file(const std::string& path);

// `bytes` must outlive the source.
std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes, std::string_view name);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_BYTE_SOURCE_H_
