// etch-lsp-server: tells editors what stands in .mlir files of Etch, as mlir-lsp-server does:
// diagnostics, definitions and uses, hover, bytecode as text. For VS Code the setting
// `mlir.server_path` of the extension MLIR names it; other editors start it for files *.mlir and
// *.mlirbc and talk to it on standard input and output.
#include "etch/codegen/dialects.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char** argv) {
  mlir::DialectRegistry registry;
  etch::codegen::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry)) ? 1 : 0;
}
