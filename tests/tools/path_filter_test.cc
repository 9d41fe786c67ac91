#include "etch/tools/etch/path_filter.h"

#include <gtest/gtest.h>

namespace etch::tools {
namespace {

TEST(PathFilter, APathTakesInWhatLiesBelow) {
  EXPECT_TRUE(path_matches("h.0", "h.0"));
  EXPECT_TRUE(path_matches("h.0", "h.0.attn.qkv"));
  EXPECT_FALSE(path_matches("h.0", "h.01"));
  EXPECT_FALSE(path_matches("h.0", "h"));
}

TEST(PathFilter, AStarStandsForAnyCharacters) {
  EXPECT_TRUE(path_matches("h.0.*", "h.0.attn.qkv"));
  EXPECT_FALSE(path_matches("h.0.*", "h.0"));
  EXPECT_FALSE(path_matches("h.0.*", "h.1.attn"));
  EXPECT_TRUE(path_matches("*.qkv", "h.3.attn.qkv"));
  EXPECT_TRUE(path_matches("h.*.attn", "h.11.attn.proj"));
  EXPECT_TRUE(path_matches("*", ""));
}

TEST(PathFilter, AQuestionMarkStandsForOneCharacter) {
  EXPECT_TRUE(path_matches("h.?.mlp", "h.2.mlp.fc"));
  EXPECT_FALSE(path_matches("h.?.mlp", "h.12.mlp"));
}

}  // namespace
}  // namespace etch::tools
