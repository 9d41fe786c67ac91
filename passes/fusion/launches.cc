// The order of a plan's clusters: what FusionPlan tells launchOrder() of them.
#include <algorithm>

#include "etch/passes/fusion/clusters.h"
#include "etch/passes/fusion/launch_order.h"
#include "llvm/ADT/STLExtras.h"

namespace etch::passes {

namespace {

using namespace mlir;

void sortUnique(std::vector<int>& numbers) {
  llvm::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

// Whether a launch comes after another one, by all that is known so far.
bool reaches(const LaunchGraph& graph, int from, int to) {
  std::vector<bool> seen(graph.successors.size());
  SmallVector<int> stack = {from};
  while (!stack.empty()) {
    int launch = stack.pop_back_val();
    if (launch == to) return true;
    for (int next : graph.successors[launch]) {
      if (!seen[next]) stack.push_back(next);
      seen[next] = true;
    }
  }
  return false;
}

}  // namespace

// The clusters that read `value` from memory, or nothing when the block itself hands it out, in a
// buffer that is its caller's.
std::optional<std::vector<int>> FusionPlan::readersOf(Value value, int cluster) const {
  std::vector<int> readers;
  SmallVector<Value> stack = {value};
  while (!stack.empty()) {
    for (OpOperand& use : stack.pop_back_val().getUses()) {
      Operation* user = use.getOwner();
      if (user->hasTrait<OpTrait::IsTerminator>()) return std::nullopt;
      if (onlyOrders(use)) continue;
      if (!isComputed(user)) {
        llvm::append_range(stack, user->getResults());  // through views and inline ops
      } else if (int reader = clusterOf(user); reader != cluster) {
        readers.push_back(reader);
      }
    }
  }
  sortUnique(readers);
  return readers;
}

// Whether the kernel may write a result that the block hands out over `argument`, which it reads:
// the update of a parameter.
bool FusionPlan::mayOverwrite(const Cluster& cluster, Value argument) const {
  if (cluster.isolated) return updatedOperand(cluster.ops.front()) == argument;
  if (!cluster.domain.reduced.empty()) return false;
  return llvm::any_of(cluster.ops, [&](Operation* op) {
    return llvm::any_of(op->getUsers(),
                        [](Operation* user) { return user->hasTrait<OpTrait::IsTerminator>(); }) &&
           op->getResult(0).getType() == argument.getType();
  });
}

// Nobody can read an argument after it has been overwritten: other readers come first.
void FusionPlan::orderUpdates(Block& block, LaunchGraph& graph) const {
  for (Value argument : block.getArguments()) {
    std::optional<std::vector<int>> readers = readersOf(argument, /*cluster=*/-1);
    if (!readers) continue;
    for (int update : *readers) {
      if (!mayOverwrite(clusters_[update], argument)) continue;
      for (int reader : *readers)
        if (reader < update && !reaches(graph, update, reader))
          graph.successors[reader].push_back(update);
    }
  }
  for (std::vector<int>& successors : graph.successors) sortUnique(successors);
}

LaunchGraph FusionPlan::launchGraph(Block& block) const {
  LaunchGraph graph;
  for (auto [index, cluster] : llvm::enumerate(clusters_)) {
    SmallVector<int> next;
    successorsOf(index, next);
    graph.successors.emplace_back(next.begin(), next.end());
    for (Operation* op : cluster.ops) {
      for (Value result : op->getResults()) {
        std::optional<std::vector<int>> readers = readersOf(result, index);
        if (!readers || readers->empty()) continue;
        auto type = cast<RankedTensorType>(result.getType());
        int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8) * type.getNumElements();
        graph.buffers.push_back({static_cast<int>(index), bytes, std::move(*readers)});
      }
    }
  }
  orderUpdates(block, graph);
  return graph;
}

void FusionPlan::sortClusters(Block& block) {
  llvm::erase_if(clusters_, [](const Cluster& cluster) { return cluster.ops.empty(); });
  llvm::sort(clusters_, [&](const Cluster& a, const Cluster& b) {
    return position_.lookup(a.ops.back()) < position_.lookup(b.ops.back());
  });
  auto number = [&] {
    for (auto [index, cluster] : llvm::enumerate(clusters_))
      for (Operation* op : cluster.ops) cluster_of_[op] = index;
  };
  number();
  std::vector<Cluster> sorted;
  for (int launch : launchOrder(launchGraph(block))) sorted.push_back(std::move(clusters_[launch]));
  clusters_ = std::move(sorted);
  number();
}

}  // namespace etch::passes
