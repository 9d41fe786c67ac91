// A program as one shared object, for a bundle: what the JIT loads piece by piece, linked.
#ifndef ETCH_CODEGEN_LINK_H_
#define ETCH_CODEGEN_LINK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/runtime/program.h"
#include "llvm/Support/MemoryBuffer.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

struct SharedObject {
  // Everything but the functions' addresses.
  std::shared_ptr<const runtime::CompiledProgram> program;
  std::string entry;
  std::string prepare;  // empty when nothing is derived
  std::string elf;
  std::string triple;
  std::vector<std::string> features;  // that the code may use, sorted
};

// Compiles `module` as compileProgram does, to the same instructions, and links it. The same module
// and options give the same bytes on every machine with the same processor.
// Errors: as compileProgram; INTERNAL when the code does not link, or calls a function that the
// runtime does not provide.
absl::StatusOr<SharedObject> compileToSharedObject(mlir::ModuleOp module,
                                                   const CompileOptions& options,
                                                   CompileReport* report = nullptr);

// Links objects of NativeCompiler to an ELF shared object that defines their symbols. One at a
// time: the linker keeps state of the process.
absl::StatusOr<std::string> linkShared(
    const std::vector<std::unique_ptr<llvm::MemoryBuffer>>& objects);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_LINK_H_
