#include "etch/passes/fusion/clusters.h"

#include <algorithm>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace etch::passes {
namespace {

using namespace mlir;
using ir::FusionRole;
using ir::StridedLayout;

// Rows longer than this are not kept in a kernel's temporary: a reduction over them is not fused
// with what reads its result against the whole row.
constexpr int64_t kMaxRowElements = 16384;
// Bounds the code of one kernel; longer chains are cut.
constexpr size_t kMaxClusterOps = 96;
constexpr size_t kMaxEpilogueOps = 24;

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

SmallVector<int64_t> reducedShape(const Domain& domain) {
  SmallVector<int64_t> shape(domain.shape);
  for (int64_t dim : domain.reduced) shape[dim] = 1;
  return shape;
}

int64_t rowElements(const Domain& domain) {
  int64_t n = 1;
  for (int64_t dim : domain.reduced) n *= domain.shape[dim];
  return n;
}

// True when the innermost dimension of extent above 1 is reduced: a whole row then lies in the
// inner loops of one kernel and several passes over it can share a temporary.
bool reducesInnermost(const Domain& domain) {
  for (int64_t dim = domain.shape.size() - 1; dim >= 0; --dim)
    if (domain.shape[dim] != 1) return llvm::is_contained(domain.reduced, dim);
  return true;
}

FailureOr<Domain> oneOf(bool fits, const Domain& domain) {
  if (!fits) return failure();
  return domain;
}

// The domain that both fit in, or failure. `a` produces what `b` reads.
FailureOr<Domain> unify(const Domain& a, const Domain& b) {
  if (a.shape.size() != b.shape.size()) return failure();
  if (!a.reduced.empty() && !b.reduced.empty()) {
    if (a.reduced != b.reduced || a.shape != b.shape) return failure();
    if (!reducesInnermost(a) || rowElements(a) > kMaxRowElements) return failure();
    return a;
  }
  if (a.reduced.empty() && b.reduced.empty()) return oneOf(a.shape == b.shape, a);
  if (!a.reduced.empty()) {
    if (b.shape == reducedShape(a)) return a;
    bool row_fits = reducesInnermost(a) && rowElements(a) <= kMaxRowElements;
    return oneOf(b.shape == a.shape && row_fits, a);
  }
  if (a.shape == b.shape) return b;
  return oneOf(a.shape == reducedShape(b), b);
}

Domain domainOf(Operation* op) {
  Domain domain;
  if (auto reduction = dyn_cast<ir::ReductionOpInterface>(op)) {
    domain.shape.assign(shapeOf(op->getOperand(0)).begin(), shapeOf(op->getOperand(0)).end());
    domain.reduced.assign(reduction.getReducedDims().begin(), reduction.getReducedDims().end());
    return domain;
  }
  domain.shape.assign(shapeOf(op->getResult(0)).begin(), shapeOf(op->getResult(0)).end());
  return domain;
}

}  // namespace

FusionRole fusionRole(Operation* op) {
  if (auto fusible = dyn_cast<ir::FusibleOpInterface>(op)) return fusible.getFusionRole();
  if (isa<ir::ElementwiseOpInterface>(op)) return FusionRole::kPointwise;
  if (isa<ir::ReductionOpInterface>(op)) return FusionRole::kReduction;
  return FusionRole::kIsolated;
}

bool isIndependent(Operation* op) {
  if (!op) return false;
  FusionRole role = fusionRole(op);
  if (role == FusionRole::kInline) return true;
  bool pure = isa<ir::ElementwiseOpInterface, ir::BroadcastOp>(op);
  return pure && op->getNumOperands() > 0 &&
         llvm::all_of(op->getOperands(), [](Value v) { return isIndependent(v.getDefiningOp()); });
}

bool isHostUser(Operation* op) {
  return op->hasTrait<OpTrait::IsTerminator>() || isa<ir::ControlOpInterface>(op);
}

Value updatedOperand(Operation* op) {
  return op->hasTrait<ir::UpdatesOperand>() ? op->getOperand(0) : Value();
}

bool onlyOrders(OpOperand& operand) {
  return operand.getOperandNumber() > 0 && fusionRole(operand.getOwner()) == FusionRole::kView;
}

namespace {

bool isView(Operation* op) { return op && fusionRole(op) == FusionRole::kView; }

// Elementwise ops and reductions can read what their own kernel computes at the same index; all
// others (products, gathers, draws) read their operands from memory.
bool readsMemory(Operation* op) {
  return !isa<ir::ElementwiseOpInterface, ir::ReductionOpInterface>(op) && !isView(op) &&
         op->getNumOperands() > 0;
}

}  // namespace

Value FusionPlan::baseOf(Value value) const {
  while (Operation* op = value.getDefiningOp()) {
    if (isComputed(op) || !isView(op)) break;
    value = op->getOperand(0);
  }
  return value;
}

bool FusionPlan::isInline(Operation* op) const {
  return isIndependent(op) || recomputed_.contains(op);
}

// Through broadcasts and what is recomputed, an op can read its producers without going through
// memory.
void FusionPlan::directProducers(Value operand, SmallVectorImpl<Operation*>& out) const {
  Operation* op = operand.getDefiningOp();
  if (!op) return;
  if (isComputed(op)) {
    if (!isView(op) && !llvm::is_contained(out, op)) out.push_back(op);
  } else if (isa<ir::BroadcastOp>(op) || recomputed_.contains(op)) {
    for (Value source : op->getOperands()) directProducers(source, out);
  }
}

void FusionPlan::compute(Operation* op) {
  if (cluster_of_.contains(op)) return;
  cluster_of_[op] = clusters_.size();
  Cluster cluster;
  cluster.ops.push_back(op);
  FusionRole role = fusionRole(op);
  cluster.host = role == FusionRole::kHost;
  cluster.isolated = role == FusionRole::kIsolated || cluster.host;
  cluster.contraction = role == FusionRole::kContraction;
  if (!cluster.isolated && op->getNumResults() > 0) cluster.domain = domainOf(op);
  clusters_.push_back(std::move(cluster));
}

// What an op reads from memory must be in memory: inline values are computed for it, and for the
// host function also views, unless they are all of a value under another shape.
void FusionPlan::materializeOperands(Operation* op) {
  for (Value operand : op->getOperands()) {
    Operation* def = operand.getDefiningOp();
    if (!def) continue;
    bool is_inline =
        isa<ir::ConstantOp>(def) ? fusionRole(def) == FusionRole::kInline : isInline(def);
    bool copied = isa<ir::ControlOpInterface>(op) && isView(def) && !isWhole(operand);
    if (is_inline || copied) compute(def);
  }
}

// Whether a view is all of its base under another shape. Asks the views again: since they were laid
// out one of them may have become a copy.
bool FusionPlan::isWhole(Value value) const {
  Value base = baseOf(value);
  SmallVector<Operation*> views;
  for (Value v = value; v != base; v = v.getDefiningOp()->getOperand(0))
    views.push_back(v.getDefiningOp());
  FailureOr<StridedLayout> layout = StridedLayout::dense(shapeOf(base));
  for (Operation* op : llvm::reverse(views)) {
    auto view = dyn_cast<ir::ViewOpInterface>(op);
    if (!view || failed(layout = view.viewLayout(*layout))) return false;
  }
  return layout->isDense() && cast<RankedTensorType>(base.getType()).getNumElements() ==
                                  cast<RankedTensorType>(value.getType()).getNumElements();
}

// Each result has a buffer of its own, so a view is copied, unless it is all of a computed value
// under another shape.
void FusionPlan::chooseReturned(Operation* terminator) {
  llvm::SmallPtrSet<Value, 8> returned;
  for (Value operand : terminator->getOperands()) {
    Operation* def = operand.getDefiningOp();
    Operation* base = baseOf(operand).getDefiningOp();
    bool copied = isView(def) && !(base && isComputed(base));
    if (isView(def) && !copied) continue;
    if (copied) compute(def);
    returned.insert(operand);
  }
  for (Value operand : terminator->getOperands()) {
    Operation* def = operand.getDefiningOp();
    if (!isView(def) || isComputed(def)) continue;
    if (!isWhole(operand) || !returned.insert(baseOf(operand)).second) compute(def);
  }
  // A view that was computed just now is the base of what views it; these are copies too.
  for (Value operand : terminator->getOperands())
    if (isView(operand.getDefiningOp()) && isView(baseOf(operand).getDefiningOp()))
      compute(operand.getDefiningOp());
}

// A view reads memory, so what it views is computed; a view is itself computed (as a copy) only
// where strides cannot express what is built on it.
void FusionPlan::layOutView(Operation* op) {
  Value source = op->getOperand(0);
  if (isInline(source.getDefiningOp())) compute(source.getDefiningOp());
  auto view = dyn_cast<ir::ViewOpInterface>(op);
  if (!view) return;
  auto found = layout_.find(source);
  StridedLayout layout =
      found != layout_.end() ? found->second : StridedLayout::dense(shapeOf(source));
  FailureOr<StridedLayout> viewed = view.viewLayout(layout);
  if (failed(viewed)) {
    compute(source.getDefiningOp());
    layout_[source] = StridedLayout::dense(shapeOf(source));
    viewed = view.viewLayout(layout_[source]);
  }
  layout_[op->getResult(0)] = *viewed;
}

// A transpose of what its producer writes with any strides, read by it alone: the producer's kernel
// writes the transpose.
static bool isPlacement(Operation* op) {
  if (!isa<ir::TransposeOp>(op)) return false;
  Operation* producer = op->getOperand(0).getDefiningOp();
  return producer && producer->hasTrait<ir::StridedResults>() && op->getOperand(0).hasOneUse();
}

void FusionPlan::joinProducer(Operation* op) {
  int cluster = clusterOf(op->getOperand(0).getDefiningOp());
  cluster_of_[op] = cluster;
  clusters_[cluster].ops.push_back(op);
}

bool FusionPlan::isPlaced(Value value) const {
  int cluster = clusterOf(value.getDefiningOp());
  while (value.hasOneUse()) {
    Operation* user = *value.getUsers().begin();
    if (isComputed(user)) return clusterOf(user) == cluster;
    if (!isView(user)) break;
    value = user->getResult(0);
  }
  return false;
}

void FusionPlan::chooseComputed(Block& block) {
  int position = 0;
  for (Operation& op : block) {
    position_[&op] = position++;
    if (readsMemory(&op)) materializeOperands(&op);
    if (op.hasTrait<OpTrait::IsTerminator>())
      chooseReturned(&op);
    else if (isPlacement(&op))
      joinProducer(&op);
    else if (isView(&op) && !isInline(&op))
      layOutView(&op);
    else if (!isInline(&op) && !isa<ir::ConstantOp>(op))
      compute(&op);
  }
}

void FusionPlan::successorsOf(int cluster, SmallVectorImpl<int>& out) const {
  SmallVector<Operation*> stack(clusters_[cluster].ops.begin(), clusters_[cluster].ops.end());
  while (!stack.empty()) {
    Operation* op = stack.pop_back_val();
    for (Operation* user : op->getUsers()) {
      auto found = cluster_of_.find(user);
      if (found == cluster_of_.end()) {
        stack.push_back(user);  // through views and inline ops
      } else if (found->second != cluster) {
        out.push_back(found->second);
      }
    }
  }
}

// Whether a path leads from `from` to `to` through a third cluster: merging the two would then
// make a cycle.
bool FusionPlan::reachesOutside(int from, int to) const {
  int last = position_.lookup(clusters_[to].ops.back());
  llvm::SmallDenseSet<int> seen;
  SmallVector<int> stack;
  SmallVector<int> next;
  successorsOf(from, next);
  for (int cluster : next)
    if (cluster != to && seen.insert(cluster).second) stack.push_back(cluster);
  while (!stack.empty()) {
    int cluster = stack.pop_back_val();
    if (position_.lookup(clusters_[cluster].ops.front()) > last) continue;
    next.clear();
    successorsOf(cluster, next);
    for (int successor : next) {
      if (successor == to) return true;
      if (successor != from && seen.insert(successor).second) stack.push_back(successor);
    }
  }
  return false;
}

// Whether an op of `reader` reads what `writer` computes through a view other than a broadcast, or
// where it has been put: not at its own index, so from memory, where one kernel would not find it
// yet.
bool FusionPlan::readsThroughView(int reader, int writer) const {
  SmallVector<std::pair<Operation*, bool>> stack;  // what is read, and whether at another index
  for (Operation* op : clusters_[reader].ops)
    for (Value operand : op->getOperands()) stack.push_back({operand.getDefiningOp(), false});
  while (!stack.empty()) {
    auto [op, moved] = stack.pop_back_val();
    if (!op) continue;
    if (isComputed(op)) {
      moved |= isa<ir::PlacementOpInterface>(op);
      if (moved && clusterOf(op) == writer) return true;
    } else if (isView(op)) {
      stack.push_back({op->getOperand(0).getDefiningOp(), moved || !isa<ir::BroadcastOp>(op)});
    } else if (recomputed_.contains(op)) {
      for (Value operand : op->getOperands()) stack.push_back({operand.getDefiningOp(), moved});
    }
  }
  return false;
}

bool FusionPlan::tryMerge(int producer, int consumer) {
  Cluster& a = clusters_[producer];
  Cluster& b = clusters_[consumer];
  if (a.isolated || b.isolated || b.contraction || a.placed || b.placed) return false;
  if (a.ops.size() + b.ops.size() > kMaxClusterOps) return false;
  FailureOr<Domain> domain = unify(a.domain, b.domain);
  if (failed(domain)) return false;
  if (a.contraction && (!domain->reduced.empty() || a.ops.size() + b.ops.size() > kMaxEpilogueOps))
    return false;
  if (readsThroughView(consumer, producer) || readsThroughView(producer, consumer)) return false;
  if (reachesOutside(producer, consumer)) return false;
  a.domain = *domain;
  join(producer, consumer);
  return true;
}

// Moves the ops of `consumer` to the cluster `producer`.
void FusionPlan::join(int producer, int consumer) {
  Cluster& a = clusters_[producer];
  Cluster& b = clusters_[consumer];
  for (Operation* op : b.ops) cluster_of_[op] = producer;
  llvm::append_range(a.ops, b.ops);
  llvm::sort(a.ops,
             [&](Operation* x, Operation* y) { return position_.lookup(x) < position_.lookup(y); });
  b.ops.clear();
}

// What only puts its operand into a larger result is written by the operand's kernel, when the rest
// of the result can be filled independently.
void FusionPlan::tryPlace(Operation* op) {
  auto placement = dyn_cast<ir::PlacementOpInterface>(op);
  if (!placement) return;
  if (placeResults(placement)) return;
  if (op->getNumOperands() != 1) return joinPlacements(op);
  Operation* producer = op->getOperand(0).getDefiningOp();
  if (!producer || !isComputed(producer) || isView(producer)) return;
  int a = cluster_of_.lookup(producer);
  size_t most = clusters_[a].contraction ? kMaxEpilogueOps : kMaxClusterOps;
  if (clusters_[a].isolated || clusters_[a].ops.size() >= most) return;
  if (!placement.gaps(StridedLayout::dense(shapeOf(op->getResult(0))))) return;
  join(a, cluster_of_.lookup(op));
}

// What puts together results of one op that writes them with any strides, each of them for this
// alone, is written by that op's kernel. Whether it did.
bool FusionPlan::placeResults(ir::PlacementOpInterface placement) {
  if (!placement.coversResult()) return false;
  int producer = -1;
  auto parts = placement.placements(StridedLayout::dense(shapeOf(placement->getResult(0))));
  for (auto [operand, part] : llvm::zip(placement->getOperands(), parts)) {
    Value value = operand;
    StridedLayout layout = part;
    Operation* def = value.getDefiningOp();
    for (; def && value.hasOneUse() && !isComputed(def) && isView(def);
         def = value.getDefiningOp()) {
      auto view = dyn_cast<ir::PlacementOpInterface>(def);
      SmallVector<StridedLayout> inner;
      if (view) inner = view.placements(layout);
      if (inner.size() != 1) return false;
      layout = inner[0];
      value = def->getOperand(0);
    }
    if (!def || !value.hasOneUse() || !isComputed(def)) return false;
    int cluster = clusterOf(def);
    if ((producer >= 0 && cluster != producer) ||
        !clusters_[cluster].ops.front()->hasTrait<ir::StridedResults>())
      return false;
    producer = cluster;
  }
  if (producer < 0) return false;
  join(producer, clusterOf(placement.getOperation()));
  return true;
}

// What puts values together is written by the kernels that compute them: one kernel, where these
// are elementwise or put together themselves, each for this alone.
void FusionPlan::joinPlacements(Operation* op) {
  SmallVector<int> parts, bases;  // bases: of views, which the kernel reads from memory
  size_t ops = 1;
  for (Value operand : op->getOperands()) {
    Operation* part = operand.getDefiningOp();
    if (!part || isView(part)) {
      Operation* base = baseOf(operand).getDefiningOp();
      if (base && isComputed(base)) bases.push_back(cluster_of_.lookup(base));
      continue;
    }
    bool placed = isa<ir::PlacementOpInterface>(part);
    if (!isComputed(part) || !(placed ? part->hasOneUse() : isa<ir::ElementwiseOpInterface>(part)))
      return;
    int cluster = cluster_of_.lookup(part);
    if (llvm::is_contained(parts, cluster)) continue;
    const Cluster& candidate = clusters_[cluster];
    if (candidate.isolated || candidate.contraction || !candidate.domain.reduced.empty()) return;
    ops += candidate.ops.size();
    parts.push_back(cluster);
  }
  for (int part : parts) {
    SmallVector<int> next;
    successorsOf(part, next);
    for (int base : bases)
      if (base == part || llvm::is_contained(next, base) || reachesOutside(part, base)) return;
  }
  if (ops > kMaxClusterOps) return;
  for (int from : parts)
    for (int to : parts)
      if (from != to && (clusters_[from].domain.shape != clusters_[to].domain.shape ||
                         readsThroughView(to, from) || reachesOutside(from, to)))
        return;
  for (int part : parts) join(part, cluster_of_.lookup(op));
  clusters_[cluster_of_.lookup(op)].placed = true;
}

void FusionPlan::formClusters(Block& block) {
  for (Operation& op : block) {
    if (!isComputed(&op) || isView(&op)) continue;
    if (readsMemory(&op)) {
      tryPlace(&op);
      continue;
    }
    // An elementwise op may read another through an inline op's clone; only its own operands and
    // those of the broadcasts above them count as neighbours.
    SmallVector<Operation*> producers;
    for (Value operand : op.getOperands()) directProducers(operand, producers);
    for (Operation* producer : producers) {
      int a = cluster_of_.lookup(producer), b = cluster_of_.lookup(&op);
      if (a != b) tryMerge(a, b);
    }
  }
}

FusionPlan FusionPlan::build(Block& block) {
  FusionPlan plan;
  plan.chooseComputed(block);
  plan.formClusters(block);
  if (llvm::DenseSet<Operation*> recomputed = plan.chooseRecomputed(); !recomputed.empty()) {
    plan = FusionPlan();
    plan.recomputed_ = std::move(recomputed);
    plan.chooseComputed(block);
    plan.formClusters(block);
  }
  plan.sortClusters(block);
  return plan;
}

}  // namespace etch::passes
