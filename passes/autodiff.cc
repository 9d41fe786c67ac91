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
constexpr StringLiteral kCotangentAttr = "etch.cotangent";

// What a function asks for with the attributes of its arguments.
struct Wanted {
  SmallVector<unsigned> arguments;  // require a gradient
  SmallVector<Value> outputs;
  SmallVector<Value> cotangents;
};

struct AutodiffPass : impl::AutodiffPassBase<AutodiffPass> {
  using AutodiffPassBase::AutodiffPassBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    Wanted wanted;
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (func.getArgAttr(i, kRequiresGradAttr)) wanted.arguments.push_back(i);
    if (wanted.arguments.empty()) return;
    if (func.isExternal()) {
      func.emitOpError("has no body to differentiate");
      return signalPassFailure();
    }
    OpBuilder builder(func.front().getTerminator());
    if (failed(findOutputs(func, builder, wanted)) || failed(append(func, builder, wanted)))
      signalPassFailure();
  }

 private:
  static LogicalResult findOutputs(func::FuncOp func, OpBuilder& builder, Wanted& wanted) {
    ValueRange returned = func.front().getTerminator()->getOperands();
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto result = func.getArgAttrOfType<IntegerAttr>(i, kCotangentAttr);
      if (!result) continue;
      Value cotangent = func.getArgument(i);
      if (result.getInt() < 0 || result.getInt() >= static_cast<int64_t>(returned.size()) ||
          returned[result.getInt()].getType() != cotangent.getType())
        return func.emitOpError("has an argument ")
               << i << " of type " << cotangent.getType() << " as the cotangent of result "
               << result.getInt() << ", which does not exist or has another type";
      wanted.outputs.push_back(returned[result.getInt()]);
      wanted.cotangents.push_back(cotangent);
    }
    if (!wanted.outputs.empty()) return success();

    if (returned.empty()) return func.emitOpError("returns nothing to differentiate");
    Value loss = returned[0];
    auto type = dyn_cast<RankedTensorType>(loss.getType());
    if (!type || type.getRank() != 0 || !isa<FloatType>(type.getElementType()))
      return func.emitOpError("differentiates result 0, which must be a floating scalar, not ")
             << loss.getType();
    wanted.outputs.push_back(loss);
    wanted.cotangents.push_back(ir::Emitter(builder, loss.getLoc()).like(loss, 1));
    return success();
  }

  static LogicalResult append(func::FuncOp func, OpBuilder& builder, const Wanted& wanted) {
    SmallVector<Value> inputs;
    for (unsigned i : wanted.arguments) inputs.push_back(func.getArgument(i));
    FailureOr<SmallVector<Value>> gradients = differentiate(
        builder, {.outputs = wanted.outputs, .cotangents = wanted.cotangents, .inputs = inputs});
    if (failed(gradients)) return failure();

    Operation* terminator = func.front().getTerminator();
    for (auto [i, gradient] : llvm::zip(wanted.arguments, *gradients)) {
      Value argument = func.getArgument(i);
      Value value = gradient ? gradient : ir::Emitter(builder, func.getLoc()).like(argument, 0);
      terminator->insertOperands(terminator->getNumOperands(), value);
      if (failed(func.insertResult(func.getNumResults(), value.getType(), resultAttrs(func, i))))
        return failure();
    }
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      func.removeArgAttr(i, kRequiresGradAttr);
      func.removeArgAttr(i, kCotangentAttr);
    }
    return success();
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
