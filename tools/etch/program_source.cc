#include "etch/tools/etch/program_source.h"

#include "etch/codegen/dialects.h"
#include "etch/ir/program.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/text_file.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

namespace etch::tools {
namespace {

bool is_file(const std::string& model) {
  return model.ends_with(".mlir") || model.find('/') != std::string::npos;
}

absl::StatusOr<LoadedProgram> parse(const std::string& text, const std::string& name) {
  LoadedProgram program;
  mlir::DialectRegistry registry;
  codegen::registerDialects(registry);
  program.context = std::make_unique<mlir::MLIRContext>(registry);

  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text, name), llvm::SMLoc());
  std::string errors;
  llvm::raw_string_ostream os(errors);
  mlir::SourceMgrDiagnosticHandler handler(sources, program.context.get(), os);
  program.module = mlir::parseSourceFile<mlir::ModuleOp>(sources, program.context.get());
  if (!program.module) return absl::InvalidArgumentError("not a program: " + errors);
  if (!program.module->lookupSymbol(ir::kMainName)) {
    return absl::InvalidArgumentError(name + " has no function @main; write it with Program::save");
  }
  return program;
}

}  // namespace

absl::StatusOr<LoadedProgram> load_program(const std::string& model, const std::string& program) {
  if (is_file(model)) {
    ETCH_ASSIGN_OR_RETURN(std::string text, read_text_file(model));
    return parse(text, model);
  }
  ETCH_ASSIGN_OR_RETURN(Program traced, trace_builtin(model, program));
  return parse(traced.mlir_text(/*with_locations=*/true), model);
}

}  // namespace etch::tools
