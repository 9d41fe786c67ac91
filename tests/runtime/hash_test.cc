#include "etch/runtime/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "files.h"

namespace etch::runtime {
namespace {

using etch::testing::as_bytes;

// Published values of XXH64, seed 0.
TEST(Hash, IsXxh64) {
  const std::pair<std::string, uint64_t> cases[] = {
      {"", 0xEF46DB3751D8E999},
      {"a", 0xD24EC4F1A98C6E5B},
      {"abc", 0x44BC2CF5AD770999},
      {"The quick brown fox jumps over the lazy dog", 0x0B242D361FDA71BC},
  };
  for (const auto& [text, hash] : cases) EXPECT_EQ(hash_of(as_bytes(text)), hash) << text;
}

TEST(Hash, DoesNotDependOnThePieces) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (size_t length = 0; length <= text.size(); ++length) {
    auto bytes = as_bytes(text).first(length);
    Hasher hasher;
    for (size_t at = 0, piece = 0; at < length; at += piece) {
      piece = std::min<size_t>(1 + at * 5 % 71, length - at);
      hasher.add(bytes.subspan(at, piece));
    }
    ASSERT_EQ(hasher.value(), hash_of(bytes)) << length;
  }
}

}  // namespace
}  // namespace etch::runtime
