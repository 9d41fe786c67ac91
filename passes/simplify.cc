// Composed ops become simple ones.
#include "etch/passes/passes.h"
#include "mlir/IR/PatternMatch.h"

namespace etch::passes {

#define GEN_PASS_DEF_DECOMPOSEPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

struct DecomposePass : impl::DecomposePassBase<DecomposePass> {
  using DecomposePassBase::DecomposePassBase;

  // One walk, no fixpoint: an op is met before what replaces it is built, and a decomposition whose
  // ops decompose further is followed at once.
  void runOnOperation() override {
    SmallVector<ir::DecomposableOpInterface> composed;
    SmallVector<ir::DetachOp> detached;
    // Those that hold others come first, and so are taken last: what they hold is simple by then.
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation* op) {
      if (auto decomposable = dyn_cast<ir::DecomposableOpInterface>(op);
          decomposable && decomposable.wantsDecomposition())
        composed.push_back(decomposable);
      else if (auto detach = dyn_cast<ir::DetachOp>(op))
        detached.push_back(detach);
    });
    for (ir::DetachOp op : detached) {
      op.getResult().replaceAllUsesWith(op.getInput());
      op.erase();
    }
    while (!composed.empty()) {
      ir::DecomposableOpInterface op = composed.pop_back_val();
      Listener listener(composed);
      OpBuilder builder(op, &listener);
      op->replaceAllUsesWith(op.decompose(builder));
      op->erase();
      ++numDecomposed;
    }
  }

 private:
  struct Listener : OpBuilder::Listener {
    explicit Listener(SmallVectorImpl<ir::DecomposableOpInterface>& composed)
        : composed(composed) {}
    void notifyOperationInserted(Operation* op, OpBuilder::InsertPoint) override {
      if (auto decomposable = dyn_cast<ir::DecomposableOpInterface>(op);
          decomposable && decomposable.wantsDecomposition())
        composed.push_back(decomposable);
    }
    SmallVectorImpl<ir::DecomposableOpInterface>& composed;
  };
};

}  // namespace
}  // namespace etch::passes
