// The passes of passes.td, as generated from it.
#ifndef ETCH_PASSES_PASSES_H_
#define ETCH_PASSES_PASSES_H_

#include <memory>

#include "etch/ir/dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace etch::passes {

#define GEN_PASS_DECL
#include "etch/passes/passes.h.inc"

// Registers all passes and pipelines of this folder under their names, for command lines.
void registerAllPasses();

}  // namespace etch::passes

#endif  // ETCH_PASSES_PASSES_H_
