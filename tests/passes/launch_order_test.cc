// The order of launches, on graphs written by hand.
#include "etch/passes/fusion/launch_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace etch::passes {
namespace {

using ::testing::ElementsAre;

// A launch and the launches whose values it reads, all values of `bytes`; `returned` values belong
// to the caller.
struct Launch {
  std::vector<int> reads;
  int64_t bytes = 64;
  bool returned = false;
};

LaunchGraph graphOf(const std::vector<Launch>& launches) {
  LaunchGraph graph;
  graph.successors.resize(launches.size());
  for (int i = 0; i < static_cast<int>(launches.size()); ++i) {
    LaunchGraph::Buffer buffer{i, launches[i].bytes, {}};
    for (int j = 0; j < static_cast<int>(launches.size()); ++j)
      if (std::ranges::count(launches[j].reads, i) > 0) buffer.readers.push_back(j);
    graph.successors[i] = buffer.readers;
    if (!launches[i].returned && !buffer.readers.empty()) graph.buffers.push_back(buffer);
  }
  return graph;
}

TEST(LaunchOrder, IsProgramOrderWhereNothingIsGained) {
  // Two values from nothing, read together.
  EXPECT_THAT(launchOrder(graphOf({{{}}, {{}}, {{0, 1}, 64, true}})), ElementsAre(0, 1, 2));
}

TEST(LaunchOrder, RunsAWeightGradientWhenItsCotangentIsThere) {
  // 0, 1: activations. 2: cotangent of 1. 3: cotangent of 0, from 2. 4: 0's gradient from 3; and 5,
  // last in the program, is 1's from 2 and the activation 0.
  LaunchGraph graph = graphOf({{{}}, {{0}}, {{1}}, {{2}}, {{3, 0}, 64, true}, {{2, 0}, 64, true}});
  EXPECT_THAT(launchOrder(graph), ElementsAre(0, 1, 2, 3, 4, 5));
  // With a chain behind 3, the gradients do not wait for its end.
  graph = graphOf({{{}}, {{0}}, {{1}}, {{2}}, {{3}}, {{4}}, {{5}, 64, true}, {{2, 1}, 64, true}});
  std::vector<int> order = launchOrder(graph);
  EXPECT_LT(std::ranges::find(order, 7), std::ranges::find(order, 5));
}

TEST(LaunchOrder, PullsWhatAPulledLaunchStillWaitsFor) {
  // 5 packs 1 for 6, which alone still keeps 1 alive; both are behind the chain 2, 3, 4.
  LaunchGraph graph = graphOf(
      {{{}}, {{0}, 1024}, {{1}, 8}, {{2}, 8}, {{3}, 8, true}, {{1}, 1024}, {{5, 2}, 8, true}});
  EXPECT_THAT(launchOrder(graph), ElementsAre(0, 1, 2, 5, 6, 3, 4));
}

TEST(LaunchOrder, LeavesWhatNeedsMoreMemoryInItsPlace) {
  // 2 makes much of the little it reads: not before its reader's turn.
  EXPECT_THAT(launchOrder(graphOf({{{}, 8}, {{0}, 8}, {{1}, 8}, {{0}, 4096}, {{2, 3}, 8, true}})),
              ElementsAre(0, 1, 2, 3, 4));
}

TEST(LaunchOrder, KeepsDependenceWithoutABuffer) {
  LaunchGraph graph;
  graph.successors = {{}, {0}};  // 1 before 0, though it reads nothing
  EXPECT_THAT(launchOrder(graph), ElementsAre(1, 0));
}

}  // namespace
}  // namespace etch::passes
