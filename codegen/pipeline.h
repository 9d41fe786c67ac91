// The stages of compilation, in order.
#ifndef ETCH_CODEGEN_PIPELINE_H_
#define ETCH_CODEGEN_PIPELINE_H_

#include <string>

#include "etch/codegen/target.h"
#include "mlir/Pass/PassManager.h"

namespace etch::codegen {

// Stage "fuse", on a simplified program. Products of f32 have factors of this precision: "f32", or
// what the pass etch-matmul-precision takes.
void buildFusePipeline(mlir::OpPassManager& pm, const Target& target,
                       const std::string& matmul_precision = "f32");
// Stage "linalg", on kernels.
void buildLinalgPipeline(mlir::OpPassManager& pm);
// Stage "schedule", on kernels.
void buildSchedulePipeline(mlir::OpPassManager& pm, const Target& target);
// Stage "llvm", on scheduled kernels (lower_to_llvm.h).

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_PIPELINE_H_
