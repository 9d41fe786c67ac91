#include "etch/tools/etch/module_boxes.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace etch::tools {
namespace {

// What lies directly in a box: nodes of its own, and boxes of its modules.
struct Item {
  std::string name;  // of a module; empty: a node
  std::vector<int> nodes;
  std::vector<int> readers;  // items
};

class Grouper {
 public:
  Grouper(const std::vector<std::string>& paths, const std::vector<std::vector<int>>& inputs)
      : paths_(paths), inputs_(inputs), item_of_(paths.size(), -1) {}

  ModuleBoxes group() {
    result_.boxes.emplace_back();
    result_.box_of.assign(paths_.size(), 0);
    std::vector<int> all(paths_.size());
    std::iota(all.begin(), all.end(), 0);
    divide(0, all);
    return std::move(result_);
  }

 private:
  void divide(int box, const std::vector<int>& nodes) {
    for (const Item& item : items_of(box, nodes)) {
      if (item.name.empty()) {
        result_.box_of[item.nodes.front()] = box;
        continue;
      }
      ModuleBox child{.name = item.name, .path = below(box, item.name), .parent = box};
      // What holds nothing but one module is shown with it: "layers.1".
      for (std::string next = shared_name(child.path, item.nodes); !next.empty();
           next = shared_name(child.path, item.nodes)) {
        child.name += "." + next;
        child.path += "." + next;
      }
      child.visit = ++visits_[child.path];
      result_.boxes.push_back(child);
      divide(static_cast<int>(result_.boxes.size()) - 1, item.nodes);
    }
  }

  std::string below(int box, const std::string& name) const {
    const std::string& around = result_.boxes[box].path;
    return around.empty() ? name : around + "." + name;
  }

  // The module directly in `path` that all of the nodes lie in; empty when there is none.
  std::string shared_name(const std::string& path, const std::vector<int>& nodes) const {
    std::string name = name_within(path, paths_[nodes.front()]);
    bool shared = std::ranges::all_of(
        nodes, [&](int node) { return name_within(path, paths_[node]) == name; });
    return shared ? name : "";
  }

  std::vector<Item> items_of(int box, const std::vector<int>& nodes) {
    std::vector<Item> items;
    std::map<std::string, int> last;  // item of each module
    for (int node : nodes) item_of_[node] = -1;
    for (int node : nodes) {
      std::vector<int> read;
      for (int input : inputs_[node])
        if (item_of_[input] >= 0) read.push_back(item_of_[input]);
      std::string name = name_within(result_.boxes[box].path, paths_[node]);
      auto known = name.empty() ? last.end() : last.find(name);
      int item = static_cast<int>(items.size());
      if (known != last.end() && !reaches(items, known->second, read)) {
        item = known->second;
      } else {
        items.push_back({.name = name, .nodes = {}, .readers = {}});
        if (!name.empty()) last[name] = item;
      }
      items[item].nodes.push_back(node);
      item_of_[node] = item;
      for (int from : read)
        if (from != item && !std::ranges::count(items[from].readers, item))
          items[from].readers.push_back(item);
    }
    for (int node : nodes) item_of_[node] = -1;
    return items;
  }

  // The module of `path` directly in `around`: "attn" of "h.0.attn.qkv" in "h.0"; empty for what
  // is its own.
  static std::string name_within(const std::string& around, const std::string& path) {
    size_t begin = around.empty() ? 0 : around.size() + 1;
    if (path.size() <= begin) return "";
    return path.substr(begin, path.find('.', begin) - begin);
  }

  // Whether some other one of `targets` depends on `from`.
  static bool reaches(const std::vector<Item>& items, int from, const std::vector<int>& targets) {
    std::vector<bool> seen(items.size());
    std::vector<int> stack = {from};
    while (!stack.empty()) {
      int item = stack.back();
      stack.pop_back();
      if (item != from && std::ranges::count(targets, item)) return true;
      for (int next : items[item].readers) {
        if (!seen[next]) stack.push_back(next);
        seen[next] = true;
      }
    }
    return false;
  }

  const std::vector<std::string>& paths_;
  const std::vector<std::vector<int>>& inputs_;
  std::vector<int> item_of_;           // of the box at hand
  std::map<std::string, int> visits_;  // by path
  ModuleBoxes result_;
};

}  // namespace

ModuleBoxes group_by_module(const std::vector<std::string>& paths,
                            const std::vector<std::vector<int>>& inputs) {
  return Grouper(paths, inputs).group();
}

}  // namespace etch::tools
