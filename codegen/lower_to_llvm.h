// From scheduled kernels to the LLVM dialect.
#ifndef ETCH_CODEGEN_LOWER_TO_LLVM_H_
#define ETCH_CODEGEN_LOWER_TO_LLVM_H_

#include "etch/codegen/target.h"
#include "mlir/Pass/PassManager.h"

namespace etch::codegen {

// Stage "llvm" for a module of scheduled kernels; `target` decides how transposes become shuffles.
void buildLowerToLLVMPipeline(mlir::OpPassManager& pm, const Target& target);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_LOWER_TO_LLVM_H_
