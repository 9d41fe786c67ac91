#include "etch/codegen/compiler.h"

#include <algorithm>
#include <chrono>

#include "absl/status/status.h"
#include "etch/codegen/bufferize.h"
#include "etch/codegen/debug_info.h"
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
#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "etch/ir/work.h"
#include "etch/passes/fusion/fuse.h"
#include "etch/passes/pipelines.h"
#include "etch/runtime/cpu_features.h"
#include "etch/runtime/status.h"
#include "llvm/ADT/StringExtras.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Verifier.h"

namespace etch::codegen {
namespace {

using namespace mlir;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

runtime::ValueInfo valueInfo(func::FuncOp main, bool result, unsigned i) {
  auto text = [&](StringRef name) -> std::string {
    Attribute attr = result ? main.getResultAttr(i, name) : main.getArgAttr(i, name);
    auto string = dyn_cast_if_present<StringAttr>(attr);
    return string ? string.getValue().str() : std::string();
  };
  runtime::ValueInfo info;
  info.name = text(ir::kNameAttr);
  info.path = text(ir::kPathAttr);
  std::string kind = text(ir::kKindAttr);
  info.kind = kind == "state"  ? runtime::ValueKind::kState
              : kind == "grad" ? runtime::ValueKind::kGrad
              : result         ? runtime::ValueKind::kResult
                               : runtime::ValueKind::kArgument;
  if (info.name.empty()) info.name = (result ? "out" : "arg") + std::to_string(i);
  auto type =
      cast<RankedTensorType>(result ? main.getResultTypes()[i] : main.getArgumentTypes()[i]);
  info.shape = Shape(std::vector<int64_t>(type.getShape().begin(), type.getShape().end()));
  Type element = type.getElementType();
  std::string element_name;
  llvm::raw_string_ostream os(element_name);
  os << element;
  if (element_name == "i1") element_name = "bool";
  if (element_name == "ui8") element_name = "u8";
  info.dtype = dtype_from_name(element_name).value_or(DType::kF32);
  return info;
}

// The compilation of one program, stage by stage.
class ProgramCompiler {
 public:
  ProgramCompiler(ModuleOp module, const CompileOptions& options, const Target& target,
                  CompileReport& report)
      : module_(module), options_(options), report_(report), target_(target) {}

  absl::StatusOr<ObjectCode> run() {
    double start = now();
    last_ = start;
    ETCH_RETURN_IF_ERROR(readSignature());
    ETCH_RETURN_IF_ERROR(stage("autodiff", passes::buildAutodiffPipeline));
    ETCH_RETURN_IF_ERROR(stage("simplify", passes::buildSimplifyPipeline));
    ETCH_RETURN_IF_ERROR(stage("fuse", [&](OpPassManager& pm) {
      buildFusePipeline(pm, target_, options_.matmul_precision);
    }));
    ETCH_RETURN_IF_ERROR(compileKernels());
    ETCH_RETURN_IF_ERROR(compileHost());
    report_.seconds = now() - start;
    return ObjectCode{std::move(program_), std::move(objects_), target_};
  }

 private:
  void timed(const std::string& name) {
    double t = now();
    report_.stage_seconds.push_back({name, t - last_});
    last_ = t;
  }

  absl::Status stage(const char* name, llvm::function_ref<void(OpPassManager&)> build) {
    ETCH_RETURN_IF_ERROR(runStage(module_, name, options_.verify, build));
    timed(name);
    return absl::OkStatus();
  }

  absl::Status readSignature() {
    main_ = module_.lookupSymbol<func::FuncOp>(ir::kMainName);
    if (!main_) return absl::InvalidArgumentError("the program has no function @main");
    for (Type type : llvm::concat<const Type>(main_.getArgumentTypes(), main_.getResultTypes())) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.hasStaticShape())
        return absl::InvalidArgumentError("@main takes and returns tensors of static shape only");
    }
    program_->name = "main";
    for (unsigned i = 0; i < main_.getNumArguments(); ++i)
      program_->inputs.push_back(valueInfo(main_, false, i));
    for (unsigned i = 0; i < main_.getNumResults(); ++i)
      program_->results.push_back(valueInfo(main_, true, i));
    return absl::OkStatus();
  }

  absl::Status compileKernels() {
    for (auto function : module_.getOps<func::FuncOp>()) {
      if (!function->hasAttr(passes::kKernelAttr)) continue;
      kernels_.push_back(function);
      work_[function.getName()] = ir::workOf(function.front());
    }
    ETCH_ASSIGN_OR_RETURN(std::vector<CompiledKernel> compiled,
                          codegen::compileKernels(kernels_, target_, options_, cache_));
    timed("kernels");
    for (CompiledKernel& kernel : compiled) {
      report_.cached_kernels += kernel.cached;
      report_.tuned_kernels += kernel.tuned;
      if (!kernel.warning.empty()) warn(std::move(kernel.warning));
      if (options_.list_choices) report_.choices.push_back(std::move(kernel.choice));
      addObject(std::move(kernel.object));
    }
    return absl::OkStatus();
  }

  void warn(std::string warning) {
    if (options_.warn) options_.warn(warning);
    report_.warnings.push_back(std::move(warning));
  }

  void addObject(std::unique_ptr<llvm::MemoryBuffer> object) {
    report_.code_bytes += object->getBufferSize();
    objects_.push_back(std::move(object));
  }

  absl::Status compileHost() {
    Diagnostics diagnostics(module_.getContext());
    FailureOr<MemoryPlan> plan = planMemory(main_);
    if (failed(plan)) return diagnostics.status("bufferize");
    if (options_.max_workspace_bytes > 0 && plan->arena_bytes > options_.max_workspace_bytes)
      return absl::ResourceExhaustedError(
          "the program needs " + std::to_string(plan->arena_bytes) + " bytes of workspace, " +
          std::to_string(options_.max_workspace_bytes) + " are allowed (max_workspace_bytes)");
    describe(*plan);
    // The host code needs the kernels' types in memory, not their bodies.
    for (func::FuncOp kernel : kernels_) {
      kernel.getBody().getBlocks().clear();
      kernel.setPrivate();
      kernel.setType(scheduledKernelType(kernel.getFunctionType()));
    }
    // The plan follows from the program, so the program is all that the code depends on.
    std::string key = cache_ ? cache_->keyOf(module_, target_, options_.debug) : "";
    if (std::optional<CachedObject> found = cache_ ? cache_->find(key) : std::nullopt) {
      addObject(std::move(found->object));
      timed("host");
      return absl::OkStatus();
    }
    loadDialects(*module_.getContext());
    if (failed(bufferizeMain(module_, *plan))) return diagnostics.status("bufferize");
    timed("bufferize");
    if (failed(lowerHostToLLVM(module_))) return diagnostics.status("llvm");
    declareKernels(module_);
    ETCH_RETURN_IF_ERROR(runStage(module_, "llvm", options_.verify, [&](OpPassManager& pm) {
      buildLowerToLLVMPipeline(pm, target_);
    }));
    if (options_.debug && failed(addLineTables(module_))) return diagnostics.status("llvm");
    // It passes addresses to launches, and nothing in it is worth a search for better code.
    for (StringRef name : {StringRef(kPrepareName), StringRef(kEntryName)})
      if (auto function = module_.lookupSymbol<LLVM::LLVMFuncOp>(name)) {
        function.setOptimizeNone(true);
        function.setNoInline(true);
      }
    auto native = NativeCompiler::create(target_);
    if (!native.ok()) return native.status();
    auto host = native->compile(module_, NativeFormat::kObject);
    if (!host.ok()) return host.status();
    if (cache_) cache_->store(key, **host, /*pieces=*/1);
    addObject(std::move(*host));
    timed("host");
    return absl::OkStatus();
  }

  // What the runtime and explain() are told of the plan.
  void describe(const MemoryPlan& plan) {
    auto info = [&](ir::LaunchOp launch) {
      auto pieces =
          module_.lookupSymbol(launch.getKernel())->getAttrOfType<IntegerAttr>(kPiecesAttr);
      ir::Work work = work_.lookup(launch.getKernel());
      return runtime::LaunchInfo{launch.getKernel().str(),
                                 ir::modulePath(ir::innermostLocation(launch.getLoc())),
                                 pieces.getInt(), work.operations, work.bytes};
    };
    for (ir::LaunchOp launch : plan.launches) program_->launches.push_back(info(launch));
    llvm::DenseMap<Operation*, std::set<int32_t>> sources = plan.prepareSources();
    std::set<int32_t> all;
    for (ir::LaunchOp launch : plan.prepare) {
      program_->prepare_launches.push_back(info(launch));
      const std::set<int32_t>& reads = sources[launch];
      program_->prepare_launches.back().reads.assign(reads.begin(), reads.end());
      all.insert(reads.begin(), reads.end());
    }
    program_->prepare_inputs.assign(all.begin(), all.end());
    for (auto [i, input] : llvm::enumerate(plan.donated))
      program_->results[i].donated_input = input;
    program_->arena_bytes = plan.arena_bytes;
    program_->derived_bytes = plan.derived_bytes;
    report_.arena_bytes = plan.arena_bytes;
    report_.arena_lower_bound_bytes = plan.arena_lower_bound_bytes;
    report_.launches = plan.launches.size() + plan.prepare.size();
    report_.kernels = kernels_.size();
  }

  ModuleOp module_;
  const CompileOptions& options_;
  CompileReport& report_;
  const Target target_;
  ObjectCache* const cache_ = options_.verify ? nullptr : ObjectCache::shared();
  func::FuncOp main_;
  SmallVector<func::FuncOp> kernels_;
  llvm::StringMap<ir::Work> work_;  // by kernel
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects_;
  std::shared_ptr<runtime::CompiledProgram> program_ = std::make_shared<runtime::CompiledProgram>();
  double last_ = 0;
};

// Brings the code to memory and finds the program's functions in it.
absl::StatusOr<std::shared_ptr<const runtime::CompiledProgram>> load(ObjectCode code, bool debug) {
  auto loaded = LoadedCode::load(std::move(code.objects), debug);
  if (!loaded.ok()) return loaded.status();
  auto entry = [&](StringRef name) {
    return reinterpret_cast<runtime::EntryFunction>((*loaded)->find(name.str()));
  };
  runtime::CompiledProgram& program = *code.program;
  program.entry = entry(kEntryName);
  bool prepared = !program.prepare_launches.empty();
  if (prepared) program.prepare = entry(kPrepareName);
  if (!program.entry || (prepared && !program.prepare))
    return absl::InternalError("the compiled program has no entry");
  program.code = *loaded;
  return std::move(code.program);
}

}  // namespace

const std::vector<std::string>& stageNames() {
  static const std::vector<std::string> names = {
      "trace", "autodiff", "simplify", "fuse", "linalg", "schedule", "bufferize", "llvm", "asm"};
  return names;
}

absl::StatusOr<ObjectCode> compileToObjects(ModuleOp module, const CompileOptions& options,
                                            CompileReport* report) {
  CompileReport unread;
  CompileReport& written = report ? *report : unread;
  written = {};
  absl::StatusOr<Target> target = Target::create(options.target, options.target_features);
  if (!target.ok()) return target.status();
  return ProgramCompiler(module, options, *target, written).run();
}

absl::StatusOr<std::shared_ptr<const runtime::CompiledProgram>> compileProgram(
    ModuleOp module, const CompileOptions& options, CompileReport* report) {
  CompileReport unread;
  CompileReport& written = report ? *report : unread;
  ETCH_ASSIGN_OR_RETURN(ObjectCode code, compileToObjects(module, options, &written));
  ETCH_RETURN_IF_ERROR(runtime::check_cpu(code.target.enabledFeatures()));
  double start = now();
  auto program = load(std::move(code), options.debug);
  written.stage_seconds.push_back({"load", now() - start});
  written.seconds += now() - start;
  return program;
}

}  // namespace etch::codegen
