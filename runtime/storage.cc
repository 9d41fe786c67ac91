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

bool MemoryBudget::take(int64_t bytes) {
  int64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::allocate(int64_t bytes,
                                                           std::shared_ptr<MemoryBudget> budget) {
  if (bytes < 0) {
    return absl::InvalidArgumentError(absl::StrCat("a buffer of ", bytes, " bytes was asked for"));
  }
  if (bytes > std::numeric_limits<int64_t>::max() - kBufferAlignment) return out_of_memory(bytes);
  std::unique_ptr<Storage> storage(new (std::nothrow) Storage(nullptr, bytes));
  if (storage == nullptr) return out_of_memory(bytes);
  if (budget != nullptr) {
    if (!budget->take(bytes)) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a buffer of ", bytes, " bytes exceeds the memory limit of ",
                       budget->limit(), " bytes, of which ", budget->used(), " are in use"));
    }
    storage->budget_ = std::move(budget);
  }
  int64_t lines = std::max<int64_t>(1, (bytes + kBufferAlignment - 1) / kBufferAlignment);
  storage->data_ =
      std::aligned_alloc(kBufferAlignment, static_cast<size_t>(lines * kBufferAlignment));
  if (storage->data_ == nullptr) return out_of_memory(bytes);
  return own(std::move(storage));
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::own(std::unique_ptr<Storage> storage) {
  int64_t bytes = storage->size();
  try {
    return std::shared_ptr<Storage>(std::move(storage));
  } catch (const std::bad_alloc&) {
    return out_of_memory(bytes);
  }
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::allocate_zeroed(
    int64_t bytes, std::shared_ptr<MemoryBudget> budget) {
  ETCH_ASSIGN_OR_RETURN(auto storage, allocate(bytes, std::move(budget)));
  std::memset(storage->data(), 0, static_cast<size_t>(bytes));
  return storage;
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::from_bytes(std::span<const std::byte> bytes,
                                                             std::shared_ptr<MemoryBudget> budget) {
  ETCH_ASSIGN_OR_RETURN(auto storage,
                        allocate(static_cast<int64_t>(bytes.size()), std::move(budget)));
  if (!bytes.empty()) std::memcpy(storage->data(), bytes.data(), bytes.size());
  return storage;
}

absl::StatusOr<std::shared_ptr<Storage>> Storage::share(std::span<std::byte> bytes,
                                                        std::shared_ptr<void> owner) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % kBufferAlignment != 0 ||
      bytes.data() == nullptr || owner == nullptr) {
    return absl::InvalidArgumentError("shared memory is null, misaligned or nobody's");
  }
  auto size = static_cast<int64_t>(bytes.size());
  std::unique_ptr<Storage> storage(new (std::nothrow) Storage(bytes.data(), size));
  if (storage == nullptr) return out_of_memory(size);
  storage->owner_ = std::move(owner);
  return own(std::move(storage));
}

Storage::~Storage() {
  if (owner_ == nullptr) std::free(data_);
  if (budget_ != nullptr) budget_->give_back(size_);
}

uint64_t next_version() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace etch::runtime
