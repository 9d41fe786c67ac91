// Line tables: from an address in a kernel to the user's source line.
#ifndef ETCH_CODEGEN_DEBUG_INFO_H_
#define ETCH_CODEGEN_DEBUG_INFO_H_

#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

// Gives the functions of `module`, of the LLVM dialect, debug information: each op the line that
// recorded it, ops that code generation made the line of their function, which is that of the
// innermost module in its location. Functions are called by their symbols.
mlir::LogicalResult addLineTables(mlir::ModuleOp module);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_DEBUG_INFO_H_
