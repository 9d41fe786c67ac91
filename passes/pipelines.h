// The stages of compilation that rewrite etch programs, as pipelines of passes.
#ifndef ETCH_PASSES_PIPELINES_H_
#define ETCH_PASSES_PIPELINES_H_

#include "mlir/Pass/PassManager.h"

namespace etch::passes {

// Stage "autodiff": functions whose arguments ask for gradients return them. Nothing to do for
// programs whose backward was traced (Tensor::backward).
void buildAutodiffPipeline(mlir::OpPassManager& pm);

// Stage "simplify": a program of few, simple ops. Runs on a module.
void buildSimplifyPipeline(mlir::OpPassManager& pm);

}  // namespace etch::passes

#endif  // ETCH_PASSES_PIPELINES_H_
