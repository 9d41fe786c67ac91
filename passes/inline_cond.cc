// Small conditionals become selects.
#include "etch/ir/build.h"
#include "etch/passes/fusion/clusters.h"
#include "etch/passes/passes.h"

namespace etch::passes {

#define GEN_PASS_DEF_INLINECONDPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

struct InlineCondPass : impl::InlineCondPassBase<InlineCondPass> {
  using InlineCondPassBase::InlineCondPassBase;

  void runOnOperation() override {
    // Inner conditionals first, so that each region holds plain ops when it moves.
    SmallVector<ir::CondOp> conds;
    getOperation()->walk<WalkOrder::PostOrder>([&](ir::CondOp op) { conds.push_back(op); });
    for (ir::CondOp op : conds) inlineCond(op);
  }

 private:
  // Whether a branch of the host function around the region pays: its work is more than one loop
  // over what it yields.
  static bool isCostly(Region& region) {
    return llvm::any_of(region.front(), [](Operation& op) {
      if (op.hasTrait<OpTrait::IsTerminator>() || op.hasTrait<OpTrait::ConstantLike>())
        return false;
      // Composed ops become elementwise ones and reductions.
      if (isa<ir::DecomposableOpInterface>(op))
        return llvm::any_of(op.getRegions(), [](Region& inner) { return isCostly(inner); });
      ir::FusionRole role = fusionRole(&op);
      return role == ir::FusionRole::kContraction || role == ir::FusionRole::kIsolated ||
             role == ir::FusionRole::kHost;
    });
  }

  static void inlineCond(ir::CondOp op) {
    if (isCostly(op.getThenRegion()) || isCostly(op.getElseRegion())) return;
    OpBuilder builder(op);
    SmallVector<Value> on_true =
        ir::cloneBlock(builder, op.getThenRegion().front(), op.getInputs());
    SmallVector<Value> on_false =
        ir::cloneBlock(builder, op.getElseRegion().front(), op.getInputs());
    ir::Emitter emit(builder, op.getLoc());
    for (auto [result, a, b] : llvm::zip(op.getResults(), on_true, on_false)) {
      ArrayRef<int64_t> shape = ir::shapeOf(result);
      Value condition = op.getPredicate();
      if (!shape.empty()) {
        SmallVector<int64_t> ones(shape.size(), 1);
        condition = emit.broadcast(emit.reshape(condition, ones), shape);
      }
      result.replaceAllUsesWith(emit.select(condition, a, b));
    }
    op.erase();
  }
};

}  // namespace
}  // namespace etch::passes
