// The table of contents of code generation: one reason a step. (What happens before, from trace to
// simplify, stands in passes/pipelines.cc.)
#include "etch/codegen/pipeline.h"

#include "etch/codegen/pack_contractions.h"
#include "etch/codegen/schedule/schedule.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/passes/lowering/lower_kernels.h"
#include "etch/passes/passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"

namespace etch::codegen {

using namespace mlir;

void buildFusePipeline(OpPassManager& pm, const Target& target,
                       const std::string& matmul_precision) {
  // Before anything is packed, since narrow factors are packed narrow.
  if (matmul_precision != "f32")
    pm.addNestedPass<func::FuncOp>(passes::createMatmulPrecisionPass({matmul_precision}));
  // Kernels of matrix products want panels; packing is a kernel of its own, shared where it can be.
  pm.addNestedPass<func::FuncOp>(createPackContractionsPass(target));
  // Loops pack their weights before they begin.
  pm.addNestedPass<func::FuncOp>(passes::createHoistInvariantsPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  // Groups become kernels, equal kernels one.
  pm.addPass(passes::createFusePass());
}

void buildLinalgPipeline(OpPassManager& pm) {
  // Memory at the boundary, linalg on tensors inside; views of arguments are strided memrefs.
  pm.addNestedPass<func::FuncOp>(passes::createLowerKernelsPass());
}

void buildSchedulePipeline(OpPassManager& pm, const Target& target) {
  // Loops, register tiles and vectors for this machine.
  pm.addNestedPass<func::FuncOp>(createSchedulePass(target));
  // The schedules repeat constants and address arithmetic at each point.
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

}  // namespace etch::codegen
