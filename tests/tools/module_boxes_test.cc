#include "etch/tools/etch/module_boxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>

namespace etch::tools {
namespace {

using ::testing::ElementsAre;
using Inputs = std::vector<std::vector<int>>;

std::vector<std::string> titles(const ModuleBoxes& boxes) {
  std::vector<std::string> titles;
  for (const ModuleBox& box : boxes.boxes)
    titles.push_back(box.path + "#" + std::to_string(box.visit));
  return titles;
}

TEST(ModuleBoxes, NestAsTheModulesDo) {
  ModuleBoxes boxes = group_by_module({"", "h.0", "h.1.fc", "h.1"}, Inputs{{}, {0}, {1}, {2}});
  EXPECT_THAT(titles(boxes), ElementsAre("#1", "h#1", "h.0#1", "h.1#1", "h.1.fc#1"));
  EXPECT_THAT(boxes.box_of, ElementsAre(0, 2, 4, 3));
  EXPECT_EQ(boxes.boxes[4].parent, 3);
  EXPECT_EQ(boxes.boxes[4].name, "fc");
}

TEST(ModuleBoxes, ForwardAndBackwardOfALayerAreTwo) {
  // fc, loss, then what the loss's derivative makes of fc.
  ModuleBoxes boxes = group_by_module({"fc", "", "fc"}, Inputs{{}, {0}, {1, 0}});
  EXPECT_THAT(titles(boxes), ElementsAre("#1", "fc#1", "fc#2"));
}

TEST(ModuleBoxes, OpsThatDoNotDependOnEachOtherShareABox) {
  ModuleBoxes boxes = group_by_module({"fc", "", "fc"}, Inputs{{}, {0}, {0}});
  EXPECT_THAT(titles(boxes), ElementsAre("#1", "fc#1"));
  EXPECT_THAT(boxes.box_of, ElementsAre(1, 0, 1));
}

TEST(ModuleBoxes, AModuleOfOneModuleIsShownWithIt) {
  ModuleBoxes boxes = group_by_module({"layers.1", "layers.1.act", ""}, Inputs{{}, {0}, {1}});
  EXPECT_THAT(titles(boxes), ElementsAre("#1", "layers.1#1", "layers.1.act#1"));
  EXPECT_EQ(boxes.boxes[1].name, "layers.1");
}

// Whatever the graph, no box of a level depends on itself through others.
TEST(ModuleBoxes, NeverFormACycle) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::vector<std::string> modules = {"", "a", "a.b", "a.b.c", "b", "b.a"};
    std::vector<std::string> paths;
    Inputs inputs;
    for (int i = 0; i < 60; ++i) {
      paths.push_back(modules[random() % modules.size()]);
      inputs.emplace_back();
      for (int k = 0; i > 0 && k < 2; ++k)
        inputs.back().push_back(std::max(0, i - 1 - static_cast<int>(random() % 12)));
    }
    ModuleBoxes boxes = group_by_module(paths, inputs);
    // Items of a level: boxes by their number, nodes behind them.
    auto trail = [&](int node) {
      std::vector<int> items = {static_cast<int>(boxes.boxes.size()) + node};
      for (int box = boxes.box_of[node]; box >= 0; box = boxes.boxes[box].parent)
        items.push_back(box);
      return std::vector<int>(items.rbegin(), items.rend());
    };
    int count = static_cast<int>(boxes.boxes.size() + paths.size());
    std::set<std::pair<int, int>> edges;
    for (int i = 0; i < 60; ++i) {
      EXPECT_EQ(boxes.boxes[boxes.box_of[i]].path, paths[i]);
      for (int input : inputs[i]) {
        std::vector<int> from = trail(input), to = trail(i);
        size_t level = 0;
        while (from[level] == to[level]) ++level;
        edges.insert({from[level], to[level]});
      }
    }
    // Takes away items that nothing left leads to, until none is left.
    std::vector<int> waiting(count, 0);
    for (auto [from, to] : edges) ++waiting[to];
    std::vector<int> ready;
    for (int i = 0; i < count; ++i)
      if (waiting[i] == 0) ready.push_back(i);
    size_t taken = 0;
    for (; taken < ready.size(); ++taken)
      for (auto [from, to] : edges)
        if (from == ready[taken] && --waiting[to] == 0) ready.push_back(to);
    ASSERT_EQ(taken, static_cast<size_t>(count)) << "round " << round;
  }
}

}  // namespace
}  // namespace etch::tools
