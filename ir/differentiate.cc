#include "etch/ir/differentiate.h"

#include "etch/ir/build.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace etch::ir {
namespace {

using llvm::SmallVector;
using mlir::LogicalResult;
using mlir::Operation;
using mlir::Value;

// The ops of `block` that the outputs depend on through differentiable ops, operands before users.
// Operands are visited in their order, so that the result depends on the graph alone.
SmallVector<Operation*> collectOps(mlir::ValueRange outputs) {
  struct Visit {
    Operation* op;
    unsigned nextOperand;
  };
  SmallVector<Operation*> sorted;
  llvm::DenseSet<Operation*> seen;
  SmallVector<Visit> stack;
  auto enter = [&](Value value) {
    Operation* op = value.getDefiningOp();
    if (!op || !isFloatTensor(value) || op->hasTrait<NonDifferentiable>()) return;
    if (seen.insert(op).second) stack.push_back({op, 0});
  };
  for (Value output : outputs) {
    enter(output);
    while (!stack.empty()) {
      Visit& top = stack.back();
      if (top.nextOperand < top.op->getNumOperands()) {
        enter(top.op->getOperand(top.nextOperand++));
        continue;
      }
      sorted.push_back(top.op);
      stack.pop_back();
    }
  }
  return sorted;
}

class ReverseWalk {
 public:
  ReverseWalk(mlir::OpBuilder& builder, GradientHooks& hooks) : builder_(builder), hooks_(hooks) {}

  void markActive(mlir::ValueRange inputs, llvm::ArrayRef<Operation*> ops) {
    for (Value input : inputs)
      if (isFloatTensor(input)) active_.insert(input);
    for (Operation* op : ops) {
      if (llvm::none_of(op->getOperands(), [&](Value x) { return active_.contains(x); })) continue;
      activeOps_.insert(op);
      for (Value operand : op->getOperands()) ++pendingUses_[operand];
      for (Value result : op->getResults())
        if (isFloatTensor(result)) active_.insert(result);
    }
  }

  void accumulate(Value value, Value cotangent, mlir::Location loc) {
    if (!active_.contains(value)) return;
    Value& sum = cotangents_[value];
    sum = sum ? Value(AddOp::create(builder_, loc, sum, cotangent)) : cotangent;
  }

  // Hands the complete cotangent of `value` to the hooks, once.
  LogicalResult complete(Value value) {
    auto it = cotangents_.find(value);
    if (it == cotangents_.end() || !completed_.insert(value).second) return mlir::success();
    mlir::FailureOr<Value> replacement = hooks_.completed(value, it->second);
    if (failed(replacement)) return mlir::failure();
    cotangents_[value] = *replacement;
    return mlir::success();
  }

  LogicalResult differentiate(Operation* op) {
    bool reached = false;
    for (Value result : op->getResults()) {
      if (failed(complete(result))) return mlir::failure();
      reached |= cotangents_.contains(result);
    }
    if (!activeOps_.contains(op)) return mlir::success();
    if (reached && failed(apply(op))) return mlir::failure();
    for (Value operand : op->getOperands())
      if (--pendingUses_[operand] == 0 && !activeOps_.contains(operand.getDefiningOp()) &&
          failed(complete(operand)))
        return mlir::failure();
    return mlir::success();
  }

  Value cotangentOf(Value value) const { return cotangents_.lookup(value); }

 private:
  // Runs the rule of `op` between the hooks, and passes on what it gives.
  LogicalResult apply(Operation* op) {
    auto rule = llvm::dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return op->emitOpError(
          "has no derivative rule, but a gradient flows through it; detach its "
          "operand to stop the gradient");
    SmallVector<Value> dy;
    for (Value result : op->getResults()) dy.push_back(cotangents_.lookup(result));
    if (failed(hooks_.enter(op, dy))) return mlir::failure();
    SmallVector<Value> dense = dy;
    for (auto [cotangent, result] : llvm::zip(dense, op->getResults()))
      if (!cotangent) cotangent = Emitter(builder_, op->getLoc()).like(result, 0);

    Operation* before = lastOp();
    SmallVector<Value> dx = rule.buildVjp(builder_, dense);
    if (dx.empty() && op->getNumOperands() > 0) return mlir::failure();  // the rule said why
    if (dx.size() != op->getNumOperands())
      return op->emitOpError("could not be differentiated: its rule gave ")
             << dx.size() << " cotangents for " << op->getNumOperands() << " operands";
    for (auto [operand, cotangent] : llvm::zip(op->getOperands(), dx))
      if (!active_.contains(operand)) cotangent = nullptr;
    eraseUnused(before, dx);
    if (failed(hooks_.leave(op, dx, dy))) return mlir::failure();
    for (auto [operand, cotangent] : llvm::zip(op->getOperands(), dx))
      if (cotangent) accumulate(operand, cotangent, op->getLoc());
    return mlir::success();
  }

  // The op before the insertion point, or null at the begin of its block.
  Operation* lastOp() const {
    mlir::Block::iterator point = builder_.getInsertionPoint();
    return point == builder_.getInsertionBlock()->begin() ? nullptr : &*std::prev(point);
  }

  // A rule answers for all operands. What it built after `before` for those that are frozen goes;
  // `wanted` is what the others got.
  void eraseUnused(Operation* before, llvm::ArrayRef<Value> wanted) {
    for (Operation* op = lastOp(); op != before;) {
      Operation* previous = op->getPrevNode();
      bool used = !op->use_empty() ||
                  llvm::any_of(wanted, [&](Value x) { return x && x.getDefiningOp() == op; });
      if (!used) op->erase();
      op = previous;
    }
  }

  mlir::OpBuilder& builder_;
  GradientHooks& hooks_;
  llvm::DenseSet<Value> active_;  // depends on an input
  llvm::DenseSet<Operation*> activeOps_;
  llvm::DenseMap<Value, unsigned> pendingUses_;  // by active ops that are not differentiated yet
  llvm::DenseMap<Value, Value> cotangents_;
  llvm::DenseSet<Value> completed_;
};

}  // namespace

mlir::FailureOr<SmallVector<Value>> differentiate(mlir::OpBuilder& builder,
                                                  const GradientRequest& request) {
  GradientHooks none;
  SmallVector<Operation*> ops = collectOps(request.outputs);
  ReverseWalk walk(builder, request.hooks ? *request.hooks : none);
  walk.markActive(request.inputs, ops);
  for (auto [output, cotangent] : llvm::zip(request.outputs, request.cotangents))
    walk.accumulate(output, cotangent, output.getLoc());
  for (Operation* op : llvm::reverse(ops))
    if (failed(walk.differentiate(op))) return mlir::failure();
  SmallVector<Value> gradients;
  for (Value input : request.inputs) {
    if (failed(walk.complete(input))) return mlir::failure();
    gradients.push_back(walk.cotangentOf(input));
  }
  return gradients;
}

}  // namespace etch::ir
