#include "etch/passes/fusion/launch_order.h"

#include <algorithm>
#include <queue>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace etch::passes {
namespace {

// How many launches are pulled ahead at once: a product, the packing of its operands, and what
// those read. Bounds the time of the search.
constexpr size_t kMaxPulled = 5;

class Scheduler {
 public:
  explicit Scheduler(const LaunchGraph& graph)
      : graph_(graph),
        predecessors_(graph.successors.size()),
        reads_(graph.successors.size()),
        writes_(graph.successors.size()),
        placed_(graph.successors.size()) {
    for (auto [launch, successors] : llvm::enumerate(graph.successors))
      for (int next : successors) predecessors_[next].push_back(launch);
    for (auto [i, buffer] : llvm::enumerate(graph.buffers)) {
      readers_left_.push_back(buffer.readers.size());
      writes_[buffer.producer].push_back(i);
      for (int reader : buffer.readers) reads_[reader].push_back(i);
    }
  }

  std::vector<int> run() {
    // Program order is an order of dependence, but for launches that hold ops from far apart.
    std::vector<int> waiting_for;
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (auto [launch, before] : llvm::enumerate(predecessors_)) {
      waiting_for.push_back(before.size());
      if (before.empty()) ready.push(launch);
    }
    while (!ready.empty()) {
      int launch = ready.top();
      ready.pop();
      if (placed_[launch]) continue;
      size_t first = order_.size();
      place(launch);
      for (size_t i = first; i < order_.size(); ++i) pullAfter(order_[i]);
      for (size_t i = first; i < order_.size(); ++i)
        for (int next : graph_.successors[order_[i]])
          if (--waiting_for[next] == 0) ready.push(next);
    }
    return std::move(order_);
  }

 private:
  using Set = llvm::SmallVector<int, kMaxPulled>;

  void place(int launch) {
    placed_[launch] = true;
    order_.push_back(launch);
    for (int buffer : reads_[launch]) --readers_left_[buffer];
  }

  // Tries what `launch` made possible: its readers, and theirs where they are a step on the way.
  void pullAfter(int launch) {
    for (int next : graph_.successors[launch]) {
      if (pull(next)) continue;
      for (int second : graph_.successors[next]) pull(second);
    }
  }

  bool pull(int launch) {
    Set set;
    if (placed_[launch] || !collect(launch, set) || growth(set) > 0) return false;
    for (int member : set) place(member);
    return true;
  }

  // `launch` behind all that it still waits for; false when that is more than a few.
  bool collect(int launch, Set& set, size_t depth = 1) const {
    if (depth > kMaxPulled) return false;
    for (int before : predecessors_[launch])
      if (!placed_[before] && !llvm::is_contained(set, before) && !collect(before, set, depth + 1))
        return false;
    if (set.size() == kMaxPulled) return false;
    set.push_back(launch);
    return true;
  }

  // By how many bytes running `set` makes the live memory larger.
  int64_t growth(const Set& set) const {
    llvm::SmallDenseMap<int, int> reads;
    for (int launch : set)
      for (int buffer : reads_[launch]) ++reads[buffer];
    int64_t bytes = 0;
    for (auto [buffer, count] : reads)
      if (placed_[graph_.buffers[buffer].producer] && count == readers_left_[buffer])
        bytes -= graph_.buffers[buffer].bytes;
    for (int launch : set)
      for (int buffer : writes_[launch])
        if (reads.lookup(buffer) < readers_left_[buffer]) bytes += graph_.buffers[buffer].bytes;
    return bytes;
  }

  const LaunchGraph& graph_;
  std::vector<llvm::SmallVector<int>> predecessors_;
  std::vector<llvm::SmallVector<int>> reads_;   // buffers, by launch
  std::vector<llvm::SmallVector<int>> writes_;  // buffers, by launch
  std::vector<int> readers_left_;               // by buffer
  std::vector<bool> placed_;
  std::vector<int> order_;
};

}  // namespace

std::vector<int> launchOrder(const LaunchGraph& graph) { return Scheduler(graph).run(); }

}  // namespace etch::passes
