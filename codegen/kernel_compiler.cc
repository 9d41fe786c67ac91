#include "etch/codegen/kernel_compiler.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "etch/codegen/bufferize.h"
#include "etch/codegen/debug_info.h"
#include "etch/codegen/dialects.h"
#include "etch/codegen/lower_to_llvm.h"
#include "etch/codegen/native.h"
#include "etch/codegen/pipeline.h"
#include "etch/codegen/run_stage.h"
#include "etch/codegen/schedule/kernel.h"
#include "etch/codegen/schedule/tile_choice.h"
#include "etch/runtime/status.h"
#include "llvm/ADT/STLExtras.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// A kernel as bytecode of a module that holds it alone.
std::string serialize(func::FuncOp kernel) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(kernel.getContext()));
  func::FuncOp clone = kernel.clone();
  clone.setPublic();
  module->push_back(clone);
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  (void)writeBytecodeToFile(*module, os);
  return bytes;
}

// The work of one thread on `work`, and of others beside it while there are `tasks`.
void runSideBySide(size_t threads, size_t tasks, const std::function<void()>& work) {
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(threads, tasks); ++i) {
    try {
      helpers.emplace_back(work);
    } catch (const std::system_error&) {
      break;  // A limit on threads: those that started do it all.
    }
  }
  if (tasks > 0) work();
  for (std::thread& helper : helpers) helper.join();
}

// One kernel on its way to an object.
class KernelJob {
 public:
  KernelJob(func::FuncOp kernel, const Target& target, const CompileOptions& options,
            const ObjectCache* cache)
      : kernel_(kernel),
        name_(kernel.getName().str()),
        key_(cache ? cache->keyOf(kernel, target, options.debug) : ""),
        target_(target),
        options_(options),
        cache_(cache) {}

  // In the thread of the program's context: settles what schedules the kernel, and looks for it.
  // True when it is to be compiled.
  bool begin() {
    std::string key = key_;
    if (options_.list_choices) {
      result_.choice = {name_, key_, "", {}};
    } else if (takeSchedule(kernel_, key_, options_, cache_) && cache_) {
      result_.tuned = kernel_->hasAttr(kTunedAttr);
      key = cache_->keyOf(kernel_, target_, options_.debug);
    }
    store_as_ = key;
    std::optional<CachedObject> found;
    if (cache_ && !options_.list_choices) found = cache_->find(key);
    if (!found) {
      source_ = serialize(kernel_);
      return true;
    }
    static_cast<CachedObject&>(result_) = *std::move(found);
    result_.cached = true;
    return false;
  }

  // In any thread, whose `context` and `native` they are.
  void compile(MLIRContext& context, absl::StatusOr<NativeCompiler>& native) {
    status_ = native.ok() ? compileSource(context, *native) : native.status();
    if (cache_ && status_.ok()) cache_->store(store_as_, *result_.object, result_.pieces);
  }

  // In the first thread again.
  absl::StatusOr<CompiledKernel> finish() {
    if (!status_.ok())
      return absl::Status(status_.code(),
                          "kernel " + name_ + ": " + std::string(status_.message()));
    kernel_->removeAttr(kTunedAttr);
    if (!result_.warning.empty()) kernel_->removeAttr(kScheduleAttr);
    Builder b(kernel_.getContext());
    kernel_->setAttr(kPiecesAttr, b.getI64IntegerAttr(result_.pieces));
    return std::move(result_);
  }

 private:
  // The tuned choice was refused: what is compiled now is the kernel without it.
  void forgetSchedule() {
    cache_->removeSchedule(key_);
    store_as_ = key_;
    result_.tuned = false;
    result_.warning = damagedChoice(name_) + " and was removed";
  }

  absl::Status compileSource(MLIRContext& context, NativeCompiler& native) {
    Diagnostics diagnostics(&context);
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source_, ParserConfig(&context));
    if (!module) return diagnostics.status("linalg");
    auto kernel = module->lookupSymbol<func::FuncOp>(name_);
    if (options_.list_choices) kernel->setAttr(kCandidatesAttr, UnitAttr::get(&context));
    ETCH_RETURN_IF_ERROR(runStage(*module, "linalg", options_.verify, buildLinalgPipeline));
    ETCH_RETURN_IF_ERROR(runStage(*module, "schedule", options_.verify,
                                  [&](OpPassManager& pm) { buildSchedulePipeline(pm, target_); }));
    if (result_.tuned && !kernel->hasAttr(kTunedAttr)) forgetSchedule();
    result_.pieces = kernel->getAttrOfType<IntegerAttr>(kPiecesAttr).getInt();
    if (auto chosen = kernel->getAttrOfType<StringAttr>(kScheduleAttr))
      result_.choice.chosen = chosen.str();
    if (auto candidates = kernel->getAttrOfType<ArrayAttr>(kCandidatesAttr))
      for (StringAttr text : candidates.getAsRange<StringAttr>())
        result_.choice.candidates.push_back(text.str());
    kernel->removeAttr(kCandidatesAttr);
    ETCH_RETURN_IF_ERROR(runStage(*module, "llvm", options_.verify, [&](OpPassManager& pm) {
      buildLowerToLLVMPipeline(pm, target_);
    }));
    wrapKernel(*module, name_);
    if (options_.debug && failed(addLineTables(*module))) return diagnostics.status("llvm");
    ETCH_ASSIGN_OR_RETURN(result_.object, native.compile(*module, NativeFormat::kObject));
    return absl::OkStatus();
  }

  func::FuncOp kernel_;
  std::string name_;
  std::string key_;       // without what tuning says
  std::string store_as_;  // with it
  std::string source_;
  const Target& target_;
  const CompileOptions& options_;
  const ObjectCache* cache_;
  absl::Status status_;
  CompiledKernel result_;
};

}  // namespace

std::string damagedChoice(StringRef kernel) {
  return "kernel " + kernel.str() + ": the choice of `etch tune` is damaged";
}

bool takeSchedule(func::FuncOp kernel, StringRef key, const CompileOptions& options,
                  const ObjectCache* cache) {
  std::string schedule;
  auto forced = options.schedules.find(kernel.getName().str());
  bool tuned = forced == options.schedules.end() && cache != nullptr;
  if (tuned)
    schedule = cache->findSchedule(key);
  else if (forced != options.schedules.end())
    schedule = forced->second;
  if (schedule.empty()) return false;
  Builder b(kernel.getContext());
  kernel->setAttr(kScheduleAttr, b.getStringAttr(schedule));
  if (tuned) kernel->setAttr(kTunedAttr, b.getUnitAttr());
  return true;
}

absl::StatusOr<std::vector<CompiledKernel>> compileKernels(ArrayRef<func::FuncOp> kernels,
                                                           const Target& target,
                                                           const CompileOptions& options,
                                                           const ObjectCache* cache) {
  std::vector<KernelJob> jobs;
  for (func::FuncOp kernel : kernels) jobs.emplace_back(kernel, target, options, cache);
  std::vector<KernelJob*> missing;
  for (KernelJob& job : jobs)
    if (job.begin()) missing.push_back(&job);
  std::atomic<size_t> next{0};
  auto work = [&] {
    DialectRegistry registry;
    registerDialects(registry);
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    registerTranslations(context);
    auto native = NativeCompiler::create(target);
    for (size_t i = next++; i < missing.size(); i = next++) missing[i]->compile(context, native);
  };
  size_t threads = options.compile_threads > 0 ? options.compile_threads
                                               : std::max(1u, std::thread::hardware_concurrency());
  runSideBySide(threads, missing.size(), work);
  std::vector<CompiledKernel> compiled;
  for (KernelJob& job : jobs) {
    ETCH_ASSIGN_OR_RETURN(compiled.emplace_back(), job.finish());
  }
  return compiled;
}

}  // namespace etch::codegen
