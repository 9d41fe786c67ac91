// Programs as `etch` takes them: of a built-in model, or from a file that Program::save has
// written.
#ifndef ETCH_TOOLS_ETCH_PROGRAM_SOURCE_H_
#define ETCH_TOOLS_ETCH_PROGRAM_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace etch::tools {

struct LoadedProgram {
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

// `model` is a built-in model's name, or a file when it ends in ".mlir" or has a slash in it. Files
// are for trusted input: MLIR's parser is not hardened. NOT_FOUND: no model or program of that
// name. INVALID_ARGUMENT: not a program, with the parser's message and line.
absl::StatusOr<LoadedProgram> load_program(const std::string& model, const std::string& program);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROGRAM_SOURCE_H_
