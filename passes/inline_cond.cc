// Conditionals become selects.
#include "mlir/IR/IRMapping.h"

#include "etch/ir/build.h"
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
  SmallVector<Value> moveOut(ir::CondOp op, Block& block, OpBuilder& builder) {
    IRMapping mapping;
    mapping.map(block.getArguments(), op.getInputs());
    for (Operation& inner : block.without_terminator()) builder.clone(inner, mapping);
    SmallVector<Value> results;
    for (Value value : block.getTerminator()->getOperands())
      results.push_back(mapping.lookupOrDefault(value));
    return results;
  }

  void inlineCond(ir::CondOp op) {
    OpBuilder builder(op);
    SmallVector<Value> on_true = moveOut(op, op.getThenRegion().front(), builder);
    SmallVector<Value> on_false = moveOut(op, op.getElseRegion().front(), builder);
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
