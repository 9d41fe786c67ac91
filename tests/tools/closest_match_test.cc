#include "etch/tools/etch/closest_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace etch::tools {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kStages = {"trace",    "autodiff",  "simplify", "fuse", "linalg",
                                          "schedule", "bufferize", "llvm",     "asm"};

TEST(ClosestMatch, CountsEditsAndSwappedNeighbours) {
  EXPECT_EQ(edit_distance("fuse", "fuse"), 0u);
  EXPECT_EQ(edit_distance("fuse", "fues"), 1u);
  EXPECT_EQ(edit_distance("", "asm"), 3u);
  EXPECT_EQ(edit_distance("linlag", "linalg"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(ClosestMatch, FindsTheMistypedName) {
  EXPECT_EQ(closest_match("fusse", kStages), "fuse");
  EXPECT_EQ(closest_match("bufferise", kStages), "bufferize");
  EXPECT_EQ(closest_match("simp", kStages), "simplify");
}

TEST(ClosestMatch, GuessesNothingFromAnUnrelatedName) {
  EXPECT_EQ(closest_match("photosynthesis", kStages), "");
  EXPECT_EQ(closest_match("x", {}), "");
}

TEST(ClosestMatch, MessageListsAllNames) {
  std::string message = unknown_name_message("stage", "stages", "fusse", kStages);
  EXPECT_THAT(message, HasSubstr("there is no stage `fusse`; did you mean `fuse`?"));
  EXPECT_THAT(message, HasSubstr("The stages are: trace, autodiff, simplify, fuse, linalg, "
                                 "schedule, bufferize, llvm, asm."));
}

}  // namespace
}  // namespace etch::tools
