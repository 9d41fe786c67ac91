#include "etch/passes/autodiff.h"

#include "etch/ir/build.h"
#include "etch/ir/program.h"
#include "etch/passes/passes.h"

namespace etch::passes {

#define GEN_PASS_DEF_AUTODIFFPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

constexpr StringLiteral kRequiresGradAttr = "etch.requires_grad";

struct AutodiffPass : impl::AutodiffPassBase<AutodiffPass> {
  using AutodiffPassBase::AutodiffPassBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    SmallVector<unsigned> marked;
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (func.getArgAttr(i, kRequiresGradAttr)) marked.push_back(i);
    if (marked.empty()) return;
    if (func.isExternal()) {
      func.emitOpError("has no body to differentiate");
      return signalPassFailure();
    }
    if (failed(appendGradients(func, marked))) return signalPassFailure();
  }

 private:
  LogicalResult appendGradients(func::FuncOp func, ArrayRef<unsigned> marked) {
    Operation* terminator = func.front().getTerminator();
    FailureOr<Value> loss = findLoss(func, terminator);
    if (failed(loss)) return failure();
    SmallVector<Value> inputs;
    for (unsigned i : marked) inputs.push_back(func.getArgument(i));

    OpBuilder builder(terminator);
    ir::Emitter emitter(builder, loss->getLoc());
    Value seed = emitter.like(*loss, 1);
    FailureOr<SmallVector<Value>> gradients = differentiate(
        builder, {.outputs = *loss, .cotangents = seed, .inputs = inputs, .hook = nullptr});
    if (failed(gradients)) return failure();

    for (auto [i, gradient] : llvm::zip(marked, *gradients)) {
      Value value = gradient ? gradient : emitter.like(func.getArgument(i), 0);
      terminator->insertOperands(terminator->getNumOperands(), value);
      if (failed(func.insertResult(func.getNumResults(), value.getType(), resultAttrs(func, i))))
        return failure();
      func.removeArgAttr(i, kRequiresGradAttr);
    }
    return success();
  }

  static FailureOr<Value> findLoss(func::FuncOp func, Operation* terminator) {
    if (terminator->getNumOperands() == 0)
      return func.emitOpError("returns nothing to differentiate");
    Value loss = terminator->getOperand(0);
    auto type = dyn_cast<RankedTensorType>(loss.getType());
    if (!type || type.getRank() != 0 || !isa<FloatType>(type.getElementType()))
      return func.emitOpError("differentiates result 0, which must be a floating scalar, not ")
             << loss.getType();
    return loss;
  }

  static DictionaryAttr resultAttrs(func::FuncOp func, unsigned argument) {
    Builder builder(func.getContext());
    NamedAttrList attrs;
    attrs.set(ir::kKindAttr, builder.getStringAttr("grad"));
    if (Attribute path = func.getArgAttr(argument, ir::kPathAttr)) attrs.set(ir::kPathAttr, path);
    return attrs.getDictionary(func.getContext());
  }
};

}  // namespace
}  // namespace etch::passes
