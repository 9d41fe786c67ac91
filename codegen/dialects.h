// The dialects that the stages of compilation use.
#ifndef ETCH_CODEGEN_DIALECTS_H_
#define ETCH_CODEGEN_DIALECTS_H_

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

namespace etch::codegen {

// Adds every dialect that the pipeline needs to the registry of a context.
void registerDialects(mlir::DialectRegistry& registry);

// Lets modules of a context be translated to LLVM IR.
void registerTranslations(mlir::MLIRContext& context);

// Loads what a frontend's context lacks for the stages from linalg on.
void loadDialects(mlir::MLIRContext& context);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_DIALECTS_H_
