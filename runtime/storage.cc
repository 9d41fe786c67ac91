#include "etch/runtime/storage.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

absl::Status out_of_memory(int64_t bytes) {
  return absl::ResourceExhaustedError(
      absl::StrCat("no memory for a buffer of ", bytes,
                   " bytes; use a smaller batch or model, or free tensors that are still held"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<Storage>> Storage::allocate(int64_t bytes) {
  if (bytes < 0) {
    return absl::InvalidArgumentError(absl::StrCat("a buffer of ", bytes, " bytes was asked for"));
  }
  if (bytes > std::numeric_limits<int64_t>::max() - kBufferAlignment) return out_of_memory(bytes);
  int64_t lines = std::max<int64_t>(1, (bytes + kBufferAlignment - 1) / kBufferAlignment);
  void* data = std::aligned_alloc(kBufferAlignment, static_cast<size_t>(lines * kBufferAlignment));
  if (data == nullptr) return out_of_memory(bytes);
  auto* storage = new (std::nothrow) Storage(data, bytes);
  if (storage == nullptr) {
    std::free(data);
    return out_of_memory(bytes);
  }
  try {
    return std::shared_ptr<Storage>(storage);  // Deletes `storage` when it throws.
  } catch (const std::bad_alloc&) {
    return out_of_memory(bytes);
  }
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::allocate_zeroed(int64_t bytes) {
  ETCH_ASSIGN_OR_RETURN(auto storage, allocate(bytes));
  std::memset(storage->data(), 0, static_cast<size_t>(bytes));
  return storage;
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::from_bytes(std::span<const std::byte> bytes) {
  ETCH_ASSIGN_OR_RETURN(auto storage, allocate(static_cast<int64_t>(bytes.size())));
  if (!bytes.empty()) std::memcpy(storage->data(), bytes.data(), bytes.size());
  return storage;
}

Storage::~Storage() { std::free(data_); }

uint64_t next_version() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace etch::runtime
