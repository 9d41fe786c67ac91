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

std::vector<func::FuncOp> tunedKernels(ModuleOp module) {
  std::vector<func::FuncOp> tuned;
  for (auto kernel : module.getOps<func::FuncOp>())
    if (kernel->hasAttr(kTunedAttr)) tuned.push_back(kernel);
  return tuned;
}

// The schedule takes the mark off a kernel whose choice it refuses.
absl::Status runScheduleStage(ModuleOp module, const Target& target, const CompileOptions& options,
                              Instrument instrument) {
  std::vector<func::FuncOp> tuned = tunedKernels(module);
  absl::Status status = runStage(
      module, "schedule", options.verify,
      [&](OpPassManager& pm) { buildSchedulePipeline(pm, target); }, instrument);
  for (func::FuncOp kernel : tuned)
    if (status.ok() && options.warn && !kernel->hasAttr(kTunedAttr))
      options.warn(damagedChoice(kernel.getName()));
  return status;
}

struct Stage {
  const char* name;
  std::function<absl::Status()> run;
};

// The stages before "asm", of a module and options that outlive the list.
std::vector<Stage> stagesOf(ModuleOp module, const Target& target, const CompileOptions& options,
                            Instrument instrument) {
  std::vector<Stage> stages;
  auto passesOf = [&](const char* name, std::function<void(OpPassManager&)> build) {
    stages.push_back({name, [module, name, build, instrument, verify = options.verify] {
                        return runStage(module, name, verify, build, instrument);
                      }});
  };
  stages.push_back({"trace", [] { return absl::OkStatus(); }});
  passesOf("autodiff", [](OpPassManager& pm) { passes::buildAutodiffPipeline(pm); });
  passesOf("simplify", [](OpPassManager& pm) { passes::buildSimplifyPipeline(pm); });
  passesOf("fuse",
           [&](OpPassManager& pm) { buildFusePipeline(pm, target, options.matmul_precision); });
  stages.push_back({"linalg", [&, module, instrument] {
                      takeTunedSchedules(module, target, options);
                      return runStage(module, "linalg", options.verify, buildLinalgPipeline,
                                      instrument);
                    }});
  stages.push_back({"schedule", [&, module, instrument] {
                      return runScheduleStage(module, target, options, instrument);
                    }});
  stages.push_back({"bufferize", [module]() mutable -> absl::Status {
                      Diagnostics diagnostics(module.getContext());
                      auto main = module.lookupSymbol<func::FuncOp>(ir::kMainName);
                      if (!main)
                        return absl::InvalidArgumentError("the program has no function @main");
                      FailureOr<MemoryPlan> plan = planMemory(main);
                      if (failed(plan) || failed(bufferizeMain(module, *plan)))
                        return diagnostics.status("bufferize");
                      return absl::OkStatus();
                    }});
  stages.push_back({"llvm", [&, module, instrument]() mutable -> absl::Status {
                      std::vector<std::string> kernels;
                      for (auto function : module.getOps<func::FuncOp>())
                        if (function->hasAttr(kPiecesAttr))
                          kernels.push_back(function.getName().str());
                      Diagnostics diagnostics(module.getContext());
                      if (failed(lowerHostToLLVM(module))) return diagnostics.status("llvm");
                      absl::Status status = runStage(
                          module, "llvm", options.verify,
                          [&](OpPassManager& pm) { buildLowerToLLVMPipeline(pm, target); },
                          instrument);
                      if (!status.ok()) return status;
                      for (const std::string& kernel : kernels) wrapKernel(module, kernel);
                      return absl::OkStatus();
                    }});
  return stages;
}

absl::Status checkStage(std::string_view stage) {
  const auto& names = stageNames();
  if (std::find(names.begin(), names.end(), stage) != names.end()) return absl::OkStatus();
  return absl::InvalidArgumentError("no stage '" + std::string(stage) + "'; the stages are " +
                                    llvm::join(names, ", "));
}

}  // namespace

absl::Status runStages(ModuleOp module, std::string_view from, std::string_view to,
                       const CompileOptions& options, Instrument instrument) {
  for (std::string_view stage : {from, to})
    if (absl::Status status = checkStage(stage); !status.ok()) return status;
  absl::StatusOr<Target> target = Target::create(options.target, options.target_features);
  if (!target.ok()) return target.status();
  loadDialects(*module.getContext());
  bool begun = false;
  for (const Stage& stage : stagesOf(module, *target, options, instrument)) {
    if (begun)
      if (absl::Status status = stage.run(); !status.ok()) return status;
    begun |= stage.name == from;
    if (stage.name == to) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> dumpStage(ModuleOp module, std::string_view stage,
                                      const CompileOptions& options, Instrument instrument) {
  absl::Status status = runStages(module, "trace", stage, options, instrument);
  if (!status.ok()) return status;
  if (stage != "asm") {
    std::string text;
    llvm::raw_string_ostream os(text);
    module->print(os, OpPrintingFlags().enableDebugInfo(true, /*prettyForm=*/true).useLocalScope());
    return text;
  }
  absl::StatusOr<Target> target = Target::create(options.target, options.target_features);
  if (!target.ok()) return target.status();
  auto native = NativeCompiler::create(*target);
  if (!native.ok()) return native.status();
  auto assembly = native->compile(module, NativeFormat::kAssembly);
  if (!assembly.ok()) return assembly.status();
  return (*assembly)->getBuffer().str();
}

}  // namespace etch::codegen
