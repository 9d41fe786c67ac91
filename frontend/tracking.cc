#include "etch/frontend/tracking.h"

#include "etch/ir/dialect.h"

namespace etch::frontend {

Tracking::Tracking(Trace& trace, const std::vector<Tensor>& transparent) {
  for (const Leaf& leaf : trace.leaves()) {
    TensorPtr tensor = leaf.tensor.lock();
    if (tensor != nullptr && tensor->is_leaf && tensor->requires_grad) ends_[leaf.value] = tensor;
  }
  for (const Leaf& variable : trace.variables()) {
    TensorPtr tensor = variable.tensor.lock();
    auto is_it = [&](const Tensor& t) { return t.impl() == tensor; };
    if (tensor != nullptr && llvm::none_of(transparent, is_it)) ends_[variable.value] = tensor;
  }
  for (const TraceInput& input : trace.inputs())
    if (input.kind == TraceInput::Kind::kTensor && input.tensor->requires_grad)
      ends_[input.value] = input.tensor;
}

// What needs no look at operands.
bool Tracking::is_known(mlir::Value value, bool& tracked) const {
  mlir::Operation* op = value.getDefiningOp();
  auto type = llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
  tracked = ends_.contains(value);
  if (tracked || op == nullptr || op->hasTrait<ir::NonDifferentiable>() ||
      !llvm::isa<mlir::FloatType>(type.getElementType()))
    return true;
  auto it = tracked_.find(op);
  if (it == tracked_.end()) return false;
  tracked = it->second;
  return true;
}

// Depth first with a stack of our own: a trace may be deeper than the thread's stack.
bool Tracking::operator()(mlir::Value root) {
  bool tracked = false;
  if (is_known(root, tracked)) return tracked;
  struct Frame {
    mlir::Operation* op;
    unsigned next_operand = 0;
    bool tracked = false;
  };
  std::vector<Frame> stack = {{root.getDefiningOp()}};
  while (!stack.empty()) {
    Frame& frame = stack.back();
    if (frame.tracked || frame.next_operand == frame.op->getNumOperands()) {
      tracked_[frame.op] = tracked = frame.tracked;
      stack.pop_back();
      if (!stack.empty()) stack.back().tracked |= tracked;
      continue;
    }
    mlir::Value operand = frame.op->getOperand(frame.next_operand++);
    if (is_known(operand, tracked)) {
      frame.tracked |= tracked;
    } else {
      stack.push_back({operand.getDefiningOp()});
    }
  }
  return tracked;
}

}  // namespace etch::frontend
