// Memory for the elements of tensors: aligned buffers with shared ownership.
#ifndef ETCH_RUNTIME_STORAGE_H_
#define ETCH_RUNTIME_STORAGE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "etch/runtime/abi.h"

namespace etch::runtime {

// A bound on the memory of several buffers together.
// Threads: safe, and takes no lock.
class MemoryBudget {
 public:
  // `limit` in bytes.
  explicit MemoryBudget(int64_t limit) : limit_(limit) {}

  int64_t limit() const { return limit_; }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }

  // Takes `bytes` where they are left; false, and nothing taken, where they are not.
  bool take(int64_t bytes);
  void give_back(int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
};

// A buffer of fixed size, aligned to kBufferAlignment as generated code requires. It knows neither
// dtype nor shape; a tensor pairs it with both.
//
// Ownership: held by std::shared_ptr; the memory goes with the last holder. `use_count() == 1` is
// how a caller knows that it may donate the buffer to a program.
// Threads: reading from several threads is safe; writing needs the caller's order.
class Storage {
 public:
  // A buffer with unspecified contents. `bytes` may be 0: data() is not null even then.
  // Its bytes come out of `budget`, if there is one, and go back with it.
  // Errors: INVALID_ARGUMENT for negative `bytes`; RESOURCE_EXHAUSTED when memory is short or the
  // budget spent.
  static absl::StatusOr<std::shared_ptr<Storage>> allocate(
      int64_t bytes, std::shared_ptr<MemoryBudget> budget = nullptr);

  // As allocate(), with every byte zero.
  static absl::StatusOr<std::shared_ptr<Storage>> allocate_zeroed(
      int64_t bytes, std::shared_ptr<MemoryBudget> budget = nullptr);

  // As allocate(), with a copy of `bytes`, which may lie anywhere.
  static absl::StatusOr<std::shared_ptr<Storage>> from_bytes(
      std::span<const std::byte> bytes, std::shared_ptr<MemoryBudget> budget = nullptr);

  // `bytes` as they are, which `owner` keeps alive and which must be writable and aligned to
  // kBufferAlignment: a part of a mapped file.
  static absl::StatusOr<std::shared_ptr<Storage>> share(std::span<std::byte> bytes,
                                                        std::shared_ptr<void> owner);

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
  static absl::StatusOr<std::shared_ptr<Storage>> own(std::unique_ptr<Storage> storage);

  void* data_;
  int64_t size_;
  std::shared_ptr<void> owner_;  // null where the memory is the buffer's own
  std::shared_ptr<MemoryBudget> budget_;
};

// A stamp for new contents of a state cell, unequal to every other stamp of this process and to 0.
// Sessions compare stamps to see whether what they derived from a cell is stale (session.h).
// Threads: safe, and takes no lock.
uint64_t next_version();

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_STORAGE_H_
