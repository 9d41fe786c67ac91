// The table of contents of what happens to an etch program: one reason a step.
#include "etch/passes/pipelines.h"

#include "etch/passes/passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace etch::passes {

void buildAutodiffPipeline(mlir::OpPassManager& pm) {
  pm.addNestedPass<mlir::func::FuncOp>(createAutodiffPass());
}

void buildSimplifyPipeline(mlir::OpPassManager& pm) {
  mlir::OpPassManager& functions = pm.nest<mlir::func::FuncOp>();
  // A scan and its derivative's forward are one, as long as both are as they were recorded.
  functions.addPass(createMergeScansPass());
  // Traces repeat themselves (a scalar made at each use, a mask of each head): what is equal is
  // found while ops are still large.
  functions.addPass(mlir::createCSEPass());
  // Small conditionals are cheap to compute on both sides, and fuse once they are selects.
  functions.addPass(createInlineCondPass());
  // What only state is multiplied by, state can be multiplied by once.
  functions.addPass(createFoldScalesPass());
  // Fusion sees simple ops only; derivatives, which want the composed ones, are done.
  functions.addPass(createDecomposePass());
  // Folds what the frontend and the derivatives wrote without looking: identities, constants,
  // pads that are concatenations, transposes that a product reads for free.
  functions.addPass(mlir::createCanonicalizerPass());
  // Decomposition and folding made equal ops again; dead ones go too.
  functions.addPass(mlir::createCSEPass());
  // From one convolution to the next no dimension is moved; what became equal is shared.
  functions.addPass(createChooseOrdersPass());
  // What is reduced to few elements threads share too.
  functions.addPass(createSplitReductionsPass());
  functions.addPass(mlir::createCSEPass());
}

namespace {
#define GEN_PASS_REGISTRATION
#include "etch/passes/passes.h.inc"
}  // namespace

void registerAllPasses() {
  registerEtchPasses();
  mlir::PassPipelineRegistration<>("etch-simplify", "Stage simplify: fold, share, decompose",
                                   buildSimplifyPipeline);
}

}  // namespace etch::passes
