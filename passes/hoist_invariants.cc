// What a loop would compute again at each step is computed before it.
#include "etch/passes/fusion/clusters.h"
#include "etch/passes/passes.h"
#include "mlir/IR/IRMapping.h"

namespace etch::passes {

#define GEN_PASS_DEF_HOISTINVARIANTSPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

// Part of whatever kernel reads it, and so no work for a loop to save.
bool isFree(Operation* op) {
  auto isConstant = [](Operation* def) { return def && def->hasTrait<OpTrait::ConstantLike>(); };
  ir::FusionRole role = fusionRole(op);
  return role == ir::FusionRole::kView || role == ir::FusionRole::kInline || isConstant(op) ||
         llvm::all_of(op->getOperands(), [&](Value v) { return isConstant(v.getDefiningOp()); });
}

bool isLoop(ir::ControlOpInterface op) {
  for (Region& region : op->getRegions())
    for (unsigned i = 0; i < region.getNumArguments(); ++i)
      if (op.regionArgument(region.getRegionNumber(), i).kind != ir::RegionValue::kWhole)
        return true;
  return false;
}

// Of one region of a loop: what depends on captures alone.
class Hoister {
 public:
  Hoister(ir::ControlOpInterface loop, Region& region)
      : loop_(loop), region_(region), builder_(loop) {}

  void run() {
    for (BlockArgument argument : region_.getArguments()) {
      ir::RegionValue source =
          loop_.regionArgument(region_.getRegionNumber(), argument.getArgNumber());
      if (source.kind != ir::RegionValue::kWhole) continue;
      before_.map(argument, loop_->getOperand(source.number));
      invariant_.insert(argument);
    }
    SmallVector<Operation*> hoisted;
    for (Operation& op : region_.front().without_terminator()) {
      if (!llvm::all_of(op.getOperands(), [&](Value v) { return invariant_.contains(v); }))
        continue;
      invariant_.insert(op.result_begin(), op.result_end());
      if (isFree(&op)) continue;
      cloneBefore(&op);
      hoisted.push_back(&op);
    }
    // What stays in the loop reads it as a capture.
    for (Operation* op : hoisted) {
      for (Value result : op->getResults()) {
        if (llvm::all_of(result.getUsers(),
                         [&](Operation* user) { return llvm::is_contained(hoisted, user); }))
          continue;
        loop_.addCapture(before_.lookup(result));
        result.replaceAllUsesWith(region_.getArguments().back());
      }
    }
    for (Operation* op : llvm::reverse(hoisted))
      if (op->use_empty()) op->erase();
  }

 private:
  void cloneBefore(Operation* op) {
    for (Value operand : op->getOperands())
      if (!before_.contains(operand)) cloneBefore(operand.getDefiningOp());
    builder_.clone(*op, before_);
  }

  ir::ControlOpInterface loop_;
  Region& region_;
  OpBuilder builder_;
  IRMapping before_;  // values of the region, as they are before the loop
  DenseSet<Value> invariant_;
};

struct HoistInvariantsPass : impl::HoistInvariantsPassBase<HoistInvariantsPass> {
  using HoistInvariantsPassBase::HoistInvariantsPassBase;

  void runOnOperation() override {
    // Inner loops first: what leaves them may leave the outer ones too.
    getOperation()->walk<WalkOrder::PostOrder>([](ir::ControlOpInterface op) {
      if (!isLoop(op)) return;
      for (Region& region : op->getRegions()) Hoister(op, region).run();
    });
  }
};

}  // namespace
}  // namespace etch::passes
