// Passes with their diagnostics as a status.
#ifndef ETCH_CODEGEN_RUN_STAGE_H_
#define ETCH_CODEGEN_RUN_STAGE_H_

#include <string>

#include "absl/status/status.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

namespace etch::codegen {

// Collects the errors that passes report while it lives.
class Diagnostics {
 public:
  explicit Diagnostics(mlir::MLIRContext* context);
  // INTERNAL: "stage fuse: h.0.attn: ...".
  absl::Status status(const std::string& stage) const;

 private:
  std::string text_;
  mlir::ScopedDiagnosticHandler handler_;
};

// Sees the pass manager of each stage before its passes run: to print or time them.
using Instrument = llvm::function_ref<void(mlir::PassManager&, llvm::StringRef stage)>;

// Runs the passes that `build` adds, and verifies after each where that is asked for.
absl::Status runStage(mlir::ModuleOp module, const std::string& stage, bool verify,
                      llvm::function_ref<void(mlir::OpPassManager&)> build,
                      Instrument instrument = nullptr);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_RUN_STAGE_H_
