#include "etch/runtime/storage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

// Under sanitizers a huge request would otherwise end the process instead of returning null.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }

namespace etch::runtime {
namespace {

TEST(Storage, IsAlignedAndNeverNull) {
  for (int64_t bytes : {0, 1, 63, 64, 65, 1000, 1 << 20}) {
    auto storage = Storage::allocate(bytes);
    ASSERT_TRUE(storage.ok());
    EXPECT_EQ((*storage)->size(), bytes);
    ASSERT_NE((*storage)->data(), nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>((*storage)->data()) % kBufferAlignment, 0u);
    std::memset((*storage)->data(), 1, bytes);
  }
}

TEST(Storage, ZeroedIsZero) {
  auto storage = Storage::allocate_zeroed(1000).value();
  EXPECT_TRUE(std::ranges::all_of(storage->bytes(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(Storage, CopiesBytes) {
  std::array<float, 3> values = {1, 2, 3};
  auto storage = Storage::from_bytes(std::as_bytes(std::span(values))).value();
  values[0] = 9;
  EXPECT_EQ(storage->data<float>()[0], 1);
  EXPECT_EQ(storage->data<float>()[2], 3);
  EXPECT_EQ(Storage::from_bytes({}).value()->size(), 0);
}

TEST(Storage, ShortMemoryIsAStatus) {
  for (int64_t bytes : {int64_t{1} << 60, std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(Storage::allocate(bytes).status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(Storage::allocate_zeroed(bytes).status().code(),
              absl::StatusCode::kResourceExhausted);
  }
  EXPECT_EQ(Storage::allocate(-1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Version, IsNewEachTime) {
  uint64_t first = next_version();
  EXPECT_NE(first, 0u);
  EXPECT_NE(next_version(), first);
}

}  // namespace
}  // namespace etch::runtime
