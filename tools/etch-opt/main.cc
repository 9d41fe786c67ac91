// etch-opt: runs passes on .mlir files, as mlir-opt does, for tests and for looking at one pass.
//
//   etch-opt program.mlir --etch-autodiff --etch-simplify
//   etch-opt program.mlir --etch-simplify --etch-fuse --etch-linalg
//   --etch-schedule=features=-avx512f
//
// IR is read by MLIR's parser, which is made for trusted input only.
#include "etch/codegen/compiler.h"
#include "etch/codegen/dialects.h"
#include "etch/codegen/pipeline.h"
#include "etch/passes/passes.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

namespace {

using etch::codegen::Target;

struct TargetOptions : mlir::PassPipelineOptions<TargetOptions> {
  Option<std::string> features{*this, "features",
                               llvm::cl::desc("Limits this machine's features: -avx512f,...")};
  Option<std::string> matmul_precision{*this, "matmul-precision",
                                       llvm::cl::desc("f32, bf16, bf16x3 or bf16x6"),
                                       llvm::cl::init("f32")};
};

// Ends the program, with a message, for features that this machine has not.
Target target_of(const TargetOptions& options) {
  absl::StatusOr<Target> target = Target::host(options.features);
  if (!target.ok()) {
    llvm::errs() << "etch-opt: " << std::string(target.status().message()) << "\n";
    std::exit(1);
  }
  return *target;
}

// The stages of code generation; those before it register themselves.
void register_codegen_stages() {
  mlir::PassPipelineRegistration<TargetOptions>(
      "etch-fuse", "Stage fuse: cut a simplified program into kernels",
      [](mlir::OpPassManager& pm, const TargetOptions& options) {
        etch::codegen::buildFusePipeline(pm, target_of(options), options.matmul_precision);
      });
  mlir::PassPipelineRegistration<>("etch-linalg", "Stage linalg: kernels of linalg ops on memory",
                                   etch::codegen::buildLinalgPipeline);
  mlir::PassPipelineRegistration<TargetOptions>(
      "etch-schedule", "Stage schedule: tile, pack and vectorize kernels",
      [](mlir::OpPassManager& pm, const TargetOptions& options) {
        etch::codegen::buildSchedulePipeline(pm, target_of(options));
      });
}

}  // namespace

int main(int argc, char** argv) {
  mlir::DialectRegistry registry;
  etch::codegen::registerDialects(registry);
  etch::passes::registerAllPasses();
  register_codegen_stages();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Runs passes on Etch programs\n", registry));
}
