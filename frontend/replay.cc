#include "etch/frontend/replay.h"

#include "etch/frontend/slice.h"
#include "etch/ir/program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::frontend {

std::vector<mlir::Value> Replay::operator()(const std::vector<mlir::Value>& values) {
  Slice slice = slice_of(values);
  for (unsigned input : slice.inputs) {
    const TraceInput& bound = source_.inputs()[input];
    mapping_.map(bound.value, bind_(bound));
  }

  // A trace that outlived its context's turn: its ops cross over as bytecode.
  mlir::OwningOpRef<mlir::ModuleOp> moved;
  std::vector<mlir::Operation*> ops = slice.ops;
  mlir::IRMapping from_moved;
  if (source_.mlir() != target_.mlir()) {
    moved = move_to(target_.context(), *outline(source_, slice, values, {}, {}));
    mlir::Block& block = moved->lookupSymbol<mlir::func::FuncOp>(ir::kMainName).front();
    for (auto [i, input] : llvm::enumerate(slice.inputs))
      from_moved.map(block.getArgument(i), mapping_.lookup(source_.inputs()[input].value));
    for (auto [i, op] : llvm::enumerate(block.without_terminator())) ops[i] = &op;
  }

  for (size_t i = 0; i < ops.size(); ++i) {
    mlir::Operation* copy = target_.builder().clone(*ops[i], moved ? from_moved : mapping_);
    originals_[copy] = slice.ops[i];
    mapping_.map(slice.ops[i]->getResults(), copy->getResults());
  }
  target_.count_ops(static_cast<int64_t>(ops.size()));

  std::vector<mlir::Value> results;
  for (mlir::Value value : values) results.push_back(mapping_.lookup(value));
  return results;
}

}  // namespace etch::frontend
