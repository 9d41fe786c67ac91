// Memory for the elements of tensors: aligned buffers with shared ownership.
#ifndef ETCH_RUNTIME_STORAGE_H_
#define ETCH_RUNTIME_STORAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "etch/runtime/abi.h"

namespace etch::runtime {

// A buffer of fixed size, aligned to kBufferAlignment as generated code requires. It knows neither
// dtype nor shape; a tensor pairs it with both.
//
// Ownership: held by std::shared_ptr; the memory goes with the last holder. `use_count() == 1` is
// how a caller knows that it may donate the buffer to a program.
// Threads: reading from several threads is safe; writing needs the caller's order.
class Storage {
 public:
  // A buffer with unspecified contents. `bytes` may be 0: data() is not null even then.
  // Errors: INVALID_ARGUMENT for negative `bytes`; RESOURCE_EXHAUSTED when memory is short.
  static absl::StatusOr<std::shared_ptr<Storage>> allocate(int64_t bytes);

  // As allocate(), with every byte zero.
  static absl::StatusOr<std::shared_ptr<Storage>> allocate_zeroed(int64_t bytes);

  // As allocate(), with a copy of `bytes`, which may lie anywhere.
  static absl::StatusOr<std::shared_ptr<Storage>> from_bytes(std::span<const std::byte> bytes);

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage();

  // Bytes asked for. The memory behind it is rounded up to a whole number of cache lines.
  int64_t size() const { return size_; }

  // The first element, seen as a T; never null. The caller knows the dtype.
  template <typename T = void>
  T* data() {
    return static_cast<T*>(data_);
  }
  template <typename T = void>
  const T* data() const {
    return static_cast<const T*>(data_);
  }

  std::span<std::byte> bytes() { return {data<std::byte>(), static_cast<size_t>(size_)}; }
  std::span<const std::byte> bytes() const {
    return {data<std::byte>(), static_cast<size_t>(size_)};
  }

 private:
  Storage(void* data, int64_t size) : data_(data), size_(size) {}

  void* data_;
  int64_t size_;
};

// A stamp for new contents of a state cell, unequal to every other stamp of this process and to 0.
// Sessions compare stamps to see whether what they derived from a cell is stale (session.h).
// Threads: safe, and takes no lock.
uint64_t next_version();

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_STORAGE_H_
