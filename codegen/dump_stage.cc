// A program after a stage of compilation, as text.
#include <algorithm>
#include <functional>

#include "etch/codegen/bufferize.h"
#include "etch/codegen/compiler.h"
#include "etch/codegen/dialects.h"
#include "etch/codegen/kernel_compiler.h"
#include "etch/codegen/lower_to_llvm.h"
#include "etch/codegen/memory_plan.h"
#include "etch/codegen/native.h"
#include "etch/codegen/object_cache.h"
#include "etch/codegen/pipeline.h"
#include "etch/codegen/run_stage.h"
#include "etch/codegen/schedule/kernel.h"
#include "etch/codegen/schedule/tile_choice.h"
#include "etch/ir/program.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/passes/pipelines.h"
#include "llvm/ADT/StringExtras.h"

namespace etch::codegen {

using namespace mlir;

namespace {

// What compilation finds beside the object cache.
void takeTunedSchedules(ModuleOp module, const Target& target, const CompileOptions& options) {
  ObjectCache* cache = options.verify ? nullptr : ObjectCache::shared();
  if (cache == nullptr) return;
  for (auto kernel : module.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr(passes::kKernelAttr)) continue;
    (void)takeSchedule(kernel, cache->keyOf(kernel, target, options.debug), options, cache);
  }
}

}  // namespace

absl::StatusOr<std::string> dumpStage(ModuleOp module, std::string_view stage,
                                      const CompileOptions& options) {
  const auto& names = stageNames();
  auto found = std::find(names.begin(), names.end(), stage);
  if (found == names.end())
    return absl::InvalidArgumentError("no stage '" + std::string(stage) + "'; the stages are " +
                                      llvm::join(names, ", "));
  absl::StatusOr<Target> host = Target::create(options.target, options.target_features);
  if (!host.ok()) return host.status();
  const Target& target = *host;
  loadDialects(*module.getContext());
  std::vector<std::pair<std::string, std::function<absl::Status()>>> stages;
  auto passes_of = [&](const char* name, std::function<void(OpPassManager&)> build) {
    stages.push_back(
        {name, [&, name, build] { return runStage(module, name, options.verify, build); }});
  };
  stages.push_back({"trace", [] { return absl::OkStatus(); }});
  passes_of("autodiff", [](OpPassManager& pm) { passes::buildAutodiffPipeline(pm); });
  passes_of("simplify", [](OpPassManager& pm) { passes::buildSimplifyPipeline(pm); });
  passes_of("fuse",
            [&](OpPassManager& pm) { buildFusePipeline(pm, target, options.matmul_precision); });
  stages.push_back({"linalg", [&] {
                      takeTunedSchedules(module, target, options);
                      return runStage(module, "linalg", options.verify, buildLinalgPipeline);
                    }});
  passes_of("schedule", [&](OpPassManager& pm) { buildSchedulePipeline(pm, target); });
  stages.push_back({"bufferize", [&]() -> absl::Status {
                      Diagnostics diagnostics(module.getContext());
                      auto main = module.lookupSymbol<func::FuncOp>(ir::kMainName);
                      if (!main)
                        return absl::InvalidArgumentError("the program has no function @main");
                      FailureOr<MemoryPlan> plan = planMemory(main);
                      if (failed(plan) || failed(bufferizeMain(module, *plan)))
                        return diagnostics.status("bufferize");
                      return absl::OkStatus();
                    }});
  stages.push_back({"llvm", [&]() -> absl::Status {
                      std::vector<std::string> kernels;
                      for (auto function : module.getOps<func::FuncOp>())
                        if (function->hasAttr(kPiecesAttr))
                          kernels.push_back(function.getName().str());
                      Diagnostics diagnostics(module.getContext());
                      if (failed(lowerHostToLLVM(module))) return diagnostics.status("llvm");
                      absl::Status status = runStage(
                          module, "llvm", options.verify,
                          [&](OpPassManager& pm) { buildLowerToLLVMPipeline(pm, target); });
                      if (!status.ok()) return status;
                      for (const std::string& kernel : kernels) wrapKernel(module, kernel);
                      return absl::OkStatus();
                    }});
  std::string text;
  llvm::raw_string_ostream os(text);
  for (auto& [name, run] : stages) {
    if (absl::Status status = run(); !status.ok()) return status;
    if (name != stage) continue;
    module->print(os, OpPrintingFlags().enableDebugInfo(true, /*prettyForm=*/true).useLocalScope());
    return text;
  }
  auto native = NativeCompiler::create(target);
  if (!native.ok()) return native.status();
  auto assembly = native->compile(module, NativeFormat::kAssembly);
  if (!assembly.ok()) return assembly.status();
  return (*assembly)->getBuffer().str();
}

}  // namespace etch::codegen
