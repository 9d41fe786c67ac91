// Compiles programs and runs them on the arrays of the reference evaluator.
#ifndef ETCH_TESTS_OPS_COMPILED_H_
#define ETCH_TESTS_OPS_COMPILED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/ir/reference.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::testing {

// Compiles `module` (consumed) for this machine, less `targetFeatures`, and runs @main once on
// `inputs`. With `donate`, results become new values of state cells that arguments of their types
// hold, and are written over these where the program donates them.
absl::StatusOr<std::vector<ir::ReferenceTensor>> compileAndRun(
    mlir::ModuleOp module, const std::vector<ir::ReferenceTensor>& inputs,
    const std::string& targetFeatures = "", bool donate = false);
// The same with these options, and the IR verified after each pass.
absl::StatusOr<std::vector<ir::ReferenceTensor>> compileAndRun(
    mlir::ModuleOp module, const std::vector<ir::ReferenceTensor>& inputs,
    codegen::CompileOptions options, bool donate = false);

// The program as it is after fusion. `module` is consumed.
absl::StatusOr<std::string> dumpFused(mlir::ModuleOp module);

// One module whose @main does what each of `mains` does: all their arguments, then all their
// results, one after the other.
mlir::OwningOpRef<mlir::ModuleOp> mergeFunctions(llvm::ArrayRef<mlir::func::FuncOp> mains);

}  // namespace etch::testing

#endif  // ETCH_TESTS_OPS_COMPILED_H_
