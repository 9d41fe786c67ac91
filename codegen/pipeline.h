// The stages of compilation, in order.
#ifndef ETCH_CODEGEN_PIPELINE_H_
#define ETCH_CODEGEN_PIPELINE_H_

#include "etch/codegen/target.h"
#include "mlir/Pass/PassManager.h"

namespace etch::codegen {

// Stage "fuse", on a simplified program.
void buildFusePipeline(mlir::OpPassManager& pm, const Target& target);
// Stage "linalg", on kernels.
void buildLinalgPipeline(mlir::OpPassManager& pm);
// Stage "schedule", on kernels.
void buildSchedulePipeline(mlir::OpPassManager& pm, const Target& target);
// Stage "llvm", on scheduled kernels (lower_to_llvm.h).

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_PIPELINE_H_
