// Which ops of a program are computed together: the decision behind the fuse pass.
#ifndef ETCH_PASSES_FUSION_CLUSTERS_H_
#define ETCH_PASSES_FUSION_CLUSTERS_H_

#include <optional>
#include <vector>

#include "etch/ir/dialect.h"
#include "etch/passes/fusion/launch_order.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::passes {

// The role an op plays in fusion, from its interfaces alone.
ir::FusionRole fusionRole(mlir::Operation* op);
// Constants and iota, and elementwise ops of such.
bool isIndependent(mlir::Operation* op);
// Whether the host function itself reads the op's operands, rather than a kernel: control ops, and
// the end of a block.
bool isHostUser(mlir::Operation* op);
// The value that the kernel of an op that stands alone may write its result over, touching only
// what changes; or null.
mlir::Value updatedOperand(mlir::Operation* op);
// A view reads its first operand; by others it says what comes before it.
bool onlyOrders(mlir::OpOperand& operand);

// A loop nest that several ops share. Every value of a cluster has rank `shape.size()` and in each
// dimension either the domain's extent or, along `reduced` dimensions, 1.
struct Domain {
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<int64_t> reduced;  // ascending; empty for a pointwise cluster
};

struct Cluster {
  std::vector<mlir::Operation*> ops;  // what this cluster computes, in program order
  Domain domain;
  bool isolated = false;     // a kernel of its own, takes no neighbours
  bool contraction = false;  // holds a matrix product; the rest is its epilogue
  bool placed = false;       // puts together what others computed, in several steps
  bool host = false;         // no kernel, but a control op, whose regions have plans of their own
};

// The fusion plan of a block of etch ops: the body of a function, or a region of a control op.
//
// Ops are of three sorts. *Computed* ops belong to exactly one cluster. *Inline* ops (splat
// constants, iota, what follows from these alone, and what is cheaper computed again than kept in
// memory) are cloned into each kernel that reads them.
// *Views* are cloned likewise, reading the buffer of the value they view; where strides cannot
// express a chain of views, one of them is computed as a copy.
class FusionPlan {
 public:
  static FusionPlan build(mlir::Block& block);

  // In the order of launchOrder().
  const std::vector<Cluster>& clusters() const { return clusters_; }
  // Whether the kernel of an op that stands alone writes `value` only where a movement wants it.
  bool isPlaced(mlir::Value value) const;
  bool isComputed(mlir::Operation* op) const { return cluster_of_.contains(op); }
  int clusterOf(mlir::Operation* op) const { return cluster_of_.lookup(op); }

  // The computed op, constant or block argument whose buffer `value` is read from.
  mlir::Value baseOf(mlir::Value value) const;

 private:
  void chooseComputed(mlir::Block& block);
  void compute(mlir::Operation* op);
  void joinProducer(mlir::Operation* op);
  void materializeOperands(mlir::Operation* op);
  void chooseReturned(mlir::Operation* terminator);
  void layOutView(mlir::Operation* view);
  bool isWhole(mlir::Value view) const;
  bool isInline(mlir::Operation* op) const;
  void formClusters(mlir::Block& block);
  llvm::DenseSet<mlir::Operation*> chooseRecomputed() const;
  void sortClusters(mlir::Block& block);
  bool tryMerge(int producer, int consumer);
  void join(int producer, int consumer);
  void joinPlacements(mlir::Operation* op);
  bool placeResults(ir::PlacementOpInterface placement);
  void tryPlace(mlir::Operation* placement);
  bool reachesOutside(int from, int to) const;
  bool readsThroughView(int reader, int writer) const;
  void directProducers(mlir::Value operand, llvm::SmallVectorImpl<mlir::Operation*>& out) const;
  std::optional<std::vector<int>> readersOf(mlir::Value value, int cluster) const;
  bool mayOverwrite(const Cluster& cluster, mlir::Value argument) const;
  void orderUpdates(mlir::Block& block, LaunchGraph& graph) const;
  LaunchGraph launchGraph(mlir::Block& block) const;
  void successorsOf(int cluster, llvm::SmallVectorImpl<int>& out) const;

  std::vector<Cluster> clusters_;
  llvm::DenseMap<mlir::Operation*, int> cluster_of_;
  llvm::DenseMap<mlir::Operation*, int> position_;  // in program order
  llvm::DenseMap<mlir::Value, ir::StridedLayout> layout_;
  llvm::DenseSet<mlir::Operation*> recomputed_;
};

}  // namespace etch::passes

#endif  // ETCH_PASSES_FUSION_CLUSTERS_H_
