// Which values FusionPlan has computed again by their readers rather than kept in memory.
//
// A forward kernel hands out what its backward will want: of a GELU, four arrays of which three
// follow from the first. Which arrays to keep so that elementwise ops give back the others is a
// minimum cut of the kernel's elementwise ops, each weighing the bytes of its result, between what
// cannot be recomputed and what is wanted later. (The same idea, for a whole program: Chen et al.,
// "Training Deep Nets with Sublinear Memory Cost", 2016; and the partitioner of PyTorch's
// AOTAutograd.)
#include <limits>

#include "etch/passes/fusion/clusters.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

namespace etch::passes {
namespace {

using namespace mlir;

constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max() / 4;
// Bounds what readers compute again for one cluster.
constexpr size_t kMaxRecomputedOps = 24;

int64_t bytesOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return llvm::divideCeil(type.getElementTypeBitWidth(), 8) * type.getNumElements();
}

// A minimum vertex cut, by augmenting paths; graphs have some dozens of nodes.
class VertexCut {
 public:
  // Nodes are numbered from 0 in the order of calls.
  int addNode(int64_t weight) {
    int node = count_++;
    addEdge(in(node), out(node), weight);
    return node;
  }
  void addPath(int from, int to) { addEdge(out(from), in(to), kUnbounded); }
  void addSource(int node) { addEdge(kSource, in(node), kUnbounded); }
  void addSink(int node) { addEdge(out(node), kSink, kUnbounded); }

  // The weight of the cut, at most kUnbounded.
  int64_t solve() {
    int64_t total = 0;
    while (total < kUnbounded) {
      SmallVector<int> by(adjacent_.size(), -1);
      SmallVector<int> queue = {kSource};
      for (size_t i = 0; i < queue.size() && by[kSink] < 0; ++i)
        for (int e : adjacent_[queue[i]])
          if (capacity_[e] > 0 && by[target_[e]] < 0 && target_[e] != kSource) {
            by[target_[e]] = e;
            queue.push_back(target_[e]);
          }
      if (by[kSink] < 0) break;
      int64_t flow = kUnbounded;
      for (int v = kSink; v != kSource; v = target_[by[v] ^ 1])
        flow = std::min(flow, capacity_[by[v]]);
      for (int v = kSink; v != kSource; v = target_[by[v] ^ 1]) {
        capacity_[by[v]] -= flow;
        capacity_[by[v] ^ 1] += flow;
      }
      total += flow;
    }
    // Of several minimal cuts, the one nearest to the sink.
    reaches_sink_.assign(adjacent_.size(), false);
    reaches_sink_[kSink] = true;
    SmallVector<int> queue = {kSink};
    for (size_t i = 0; i < queue.size(); ++i)
      for (int e : adjacent_[queue[i]])
        if (capacity_[e ^ 1] > 0 && !reaches_sink_[target_[e]]) {
          reaches_sink_[target_[e]] = true;
          queue.push_back(target_[e]);
        }
    return total;
  }
  // Whether the node lies strictly between the cut and the sink.
  bool isBehindCut(int node) const { return reaches_sink_[in(node)]; }

 private:
  static constexpr int kSource = 0, kSink = 1;
  static int in(int node) { return 2 + 2 * node; }
  static int out(int node) { return 3 + 2 * node; }
  // Edge e's reverse is e ^ 1.
  void addEdge(int from, int to, int64_t capacity) {
    adjacent_.resize(std::max<size_t>(adjacent_.size(), std::max(from, to) + 1));
    adjacent_[from].push_back(target_.size());
    target_.push_back(to);
    capacity_.push_back(capacity);
    adjacent_[to].push_back(target_.size());
    target_.push_back(from);
    capacity_.push_back(0);
  }

  int count_ = 0;
  std::vector<SmallVector<int, 4>> adjacent_{2};
  std::vector<int> target_;
  std::vector<int64_t> capacity_;
  std::vector<bool> reaches_sink_;
};

}  // namespace

llvm::DenseSet<Operation*> FusionPlan::chooseRecomputed() const {
  llvm::DenseSet<Operation*> chosen;
  // The last place where `value` is read, through views and inline ops too.
  std::function<int(Value)> lastUse = [&](Value value) {
    int last = -1;
    for (Operation* user : value.getUsers()) {
      last = std::max(last, position_.lookup(user));
      if (!isComputed(user))
        for (Value result : user->getResults()) last = std::max(last, lastUse(result));
    }
    return last;
  };
  auto readsAtOwnIndex = [](Operation* op) {
    return isa<ir::ElementwiseOpInterface, ir::ReductionOpInterface>(op);
  };
  for (auto [index, cluster] : llvm::enumerate(clusters_)) {
    if (cluster.isolated || cluster.ops.size() < 2) continue;
    auto isOwn = [&, index = static_cast<int>(index)](Operation* op) {
      return op && isComputed(op) && clusterOf(op) == index;
    };
    // What others read: at their own index only, or from memory, where it has to be anyway.
    SmallVector<Value> wanted;
    llvm::DenseSet<Value> stored;
    int64_t bytes = 0;
    int end = -1;
    for (Operation* op : cluster.ops) {
      Value value = op->getResult(0);
      if (llvm::all_of(op->getUsers(), isOwn)) continue;
      if (isa<ir::ElementwiseOpInterface>(op) && llvm::all_of(op->getUsers(), readsAtOwnIndex)) {
        wanted.push_back(value);
        bytes += bytesOf(value);
        end = std::max(end, lastUse(value));
      } else {
        stored.insert(value);
      }
    }
    if (wanted.empty()) continue;

    VertexCut cut;
    llvm::MapVector<Value, int> nodes;
    std::function<int(Value)> nodeOf = [&](Value value) {
      if (auto found = nodes.find(value); found != nodes.end()) return found->second;
      Operation* op = value.getDefiningOp();
      bool own = isOwn(op), elementwise = own && isa<ir::ElementwiseOpInterface>(op);
      int64_t weight = bytesOf(value);
      if (!own) {
        // It is in memory; to keep it there for longer is what costs.
        bool kept = !op || isa<ir::ConstantOp>(op) || lastUse(value) >= end;
        weight = chosen.contains(op) ? kUnbounded : kept ? 0 : weight;
      } else if (stored.contains(value)) {
        weight = 0;
      }
      int node = cut.addNode(weight);
      nodes[value] = node;
      if (!elementwise) {
        cut.addSource(node);
        return node;
      }
      for (Value operand : op->getOperands())
        if (Value base = baseOf(operand); !isInline(base.getDefiningOp()))
          cut.addPath(nodeOf(base), node);
      return node;
    };
    for (Value value : wanted) cut.addSink(nodeOf(value));
    if (cut.solve() >= bytes) continue;
    SmallVector<Operation*> again;
    for (auto [value, node] : nodes)
      if (cut.isBehindCut(node)) again.push_back(value.getDefiningOp());
    if (again.size() <= kMaxRecomputedOps) chosen.insert(again.begin(), again.end());
  }
  return chosen;
}

}  // namespace etch::passes
