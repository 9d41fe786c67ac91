#include "etch/codegen/run_stage.h"

#include "etch/ir/program.h"

namespace etch::codegen {

using namespace mlir;

Diagnostics::Diagnostics(MLIRContext* context)
    : handler_(context, [this](Diagnostic& diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
          if (!text_.empty()) text_ += "; ";
          std::string path = ir::modulePath(diagnostic.getLocation());
          if (!path.empty()) text_ += path + ": ";
          text_ += diagnostic.str();
        }
        return success();
      }) {}

absl::Status Diagnostics::status(const std::string& stage) const {
  return absl::InternalError("stage " + stage + ": " +
                             (text_.empty() ? "failed without a diagnostic" : text_));
}

absl::Status runStage(ModuleOp module, const std::string& stage, bool verify,
                      llvm::function_ref<void(OpPassManager&)> build, Instrument instrument) {
  Diagnostics diagnostics(module.getContext());
  PassManager pm(module.getContext());
  pm.enableVerifier(verify);
  build(pm);
  if (instrument) instrument(pm, stage);
  if (failed(pm.run(module))) return diagnostics.status(stage);
  return absl::OkStatus();
}

}  // namespace etch::codegen
