#include "allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_THREAD__)
#define ETCH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ETCH_TSAN 1
#endif
#endif

#ifdef ETCH_TSAN

const bool etch::testing::kCountsAllocations = false;
int64_t etch::testing::allocations() { return 0; }

#else

namespace {
std::atomic<int64_t> count{0};

void* allocate(size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size > 0 ? size : 1);
}
}  // namespace

const bool etch::testing::kCountsAllocations = true;
int64_t etch::testing::allocations() { return count.load(); }

void* operator new(size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

#endif
