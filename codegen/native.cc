#include "etch/codegen/native.h"

#include <atomic>
#include <mutex>

#include "absl/status/status.h"
#include "etch/runtime/debugging.h"
#include "llvm/ExecutionEngine/JITLink/JITLink.h"
#include "llvm/ExecutionEngine/Orc/Debugging/DebuggerSupport.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar.h"
#include "mlir/Target/LLVMIR/Export.h"

namespace etch::codegen {
namespace {

void initializeNativeTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

absl::Status internal(const std::string& what, llvm::Error error) {
  return absl::InternalError(what + ": " + llvm::toString(std::move(error)));
}

absl::StatusOr<std::unique_ptr<llvm::TargetMachine>> createMachine(const Target& target) {
  initializeNativeTarget();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target* entry = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!entry) return absl::InternalError("no code generator for " + target.triple + ": " + error);
  llvm::TargetOptions options;
  std::unique_ptr<llvm::TargetMachine> machine(
      entry->createTargetMachine(triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
                                 std::nullopt, llvm::CodeGenOptLevel::Default, /*JIT=*/true));
  if (!machine) return absl::InternalError("no target machine for " + target.cpu);
  return machine;
}

// The loops are explicit and vector already: what helps is cheap. Each pass in one phrase.
constexpr char kPipeline[] =
    "always-inline,"  // the kernel into its ABI wrapper
    "function("
    "sroa,"               // small arrays that vector lowering left
    "early-cse<memssa>,"  // repeated addresses and loads
    "simplifycfg,"        // blocks of loops that run once
    "loop-mssa(licm)"     // address arithmetic out of loops
    ")";

absl::Status optimize(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  llvm::ModulePassManager passes;
  if (auto error = builder.parsePassPipeline(passes, kPipeline))
    return internal("the LLVM pipeline does not parse", std::move(error));
  passes.run(module, modules);
  return absl::OkStatus();
}

// Hands passes on to another manager, without loop strength reduction: our loops have the addresses
// that they should, and it takes more than half of the time of code generation to find that out.
class WithoutStrengthReduction : public llvm::legacy::PassManagerBase {
 public:
  explicit WithoutStrengthReduction(llvm::legacy::PassManager& passes) : passes_(passes) {}
  void add(llvm::Pass* pass) override {
    if (pass->getPassID() == unwanted_->getPassID())
      delete pass;
    else
      passes_.add(pass);
  }

 private:
  llvm::legacy::PassManager& passes_;
  const std::unique_ptr<llvm::Pass> unwanted_{llvm::createLoopStrengthReducePass()};
};

class OrcCode : public LoadedCode {
 public:
  OrcCode(std::shared_ptr<llvm::orc::LLJIT> jit, llvm::orc::JITDylib& library)
      : jit_(std::move(jit)), library_(library) {}
  ~OrcCode() override { llvm::consumeError(jit_->getExecutionSession().removeJITDylib(library_)); }
  void* find(const std::string& symbol) override {
    auto address = jit_->lookup(library_, symbol);
    if (!address) {
      llvm::consumeError(address.takeError());
      return nullptr;
    }
    return address->toPtr<void*>();
  }

 private:
  std::shared_ptr<llvm::orc::LLJIT> jit_;
  llvm::orc::JITDylib& library_;
};

// Writes functions to perf's map once they have their addresses.
class PerfMapPlugin : public llvm::orc::ObjectLinkingLayer::Plugin {
 public:
  void modifyPassConfig(llvm::orc::MaterializationResponsibility&, llvm::jitlink::LinkGraph&,
                        llvm::jitlink::PassConfiguration& config) override {
    config.PostFixupPasses.push_back([](llvm::jitlink::LinkGraph& graph) {
      for (const llvm::jitlink::Symbol* symbol : graph.defined_symbols())
        if (symbol->hasName() && symbol->isCallable())
          runtime::tell_perf(*symbol->getName(), symbol->getAddress().toPtr<const void*>(),
                             symbol->getSize());
      return llvm::Error::success();
    });
  }
  llvm::Error notifyFailed(llvm::orc::MaterializationResponsibility&) override {
    return llvm::Error::success();
  }
  llvm::Error notifyRemovingResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey) override {
    return llvm::Error::success();
  }
  void notifyTransferringResources(llvm::orc::JITDylib&, llvm::orc::ResourceKey,
                                   llvm::orc::ResourceKey) override {}
};

// One JIT serves the process, and one for code that debuggers are told of; each program has a
// library in it.
absl::StatusOr<std::shared_ptr<llvm::orc::LLJIT>> sharedJit(bool debug) {
  static std::mutex mutex;
  static std::weak_ptr<llvm::orc::LLJIT> shared[2];
  std::lock_guard<std::mutex> lock(mutex);
  if (auto jit = shared[debug].lock()) return jit;
  initializeNativeTarget();
  // Kernels have no initializers to run. The generic platform would add a module of IR to each
  // program's library, and that in memory whose virtual table a host with an LLVM of its own has
  // too (tests/embedding/llvm_host).
  auto jit = llvm::orc::LLJITBuilder().setPlatformSetUp(llvm::orc::setUpInactivePlatform).create();
  if (!jit) return internal("the JIT cannot start", jit.takeError());
  std::shared_ptr<llvm::orc::LLJIT> result = std::move(*jit);
  if (debug) {
    if (auto error = llvm::orc::enableDebuggerSupport(*result))
      return internal("gdb cannot be told of code", std::move(error));
    auto* layer = llvm::dyn_cast<llvm::orc::ObjectLinkingLayer>(&result->getObjLinkingLayer());
    if (layer != nullptr) layer->addPlugin(std::make_shared<PerfMapPlugin>());
  }
  shared[debug] = result;
  return result;
}

}  // namespace

NativeCompiler::NativeCompiler(const Target& target, std::unique_ptr<llvm::TargetMachine> machine)
    : target_(target), machine_(std::move(machine)) {}

absl::StatusOr<NativeCompiler> NativeCompiler::create(const Target& target) {
  auto machine = createMachine(target);
  if (!machine.ok()) return machine.status();
  return NativeCompiler(target, *std::move(machine));
}

absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> NativeCompiler::compile(mlir::ModuleOp module,
                                                                            NativeFormat format) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvm_module = mlir::translateModuleToLLVMIR(module, context);
  if (!llvm_module)
    return absl::InternalError("the LLVM dialect could not be translated to LLVM IR");
  llvm_module->setDataLayout(machine_->createDataLayout());
  llvm_module->setTargetTriple(machine_->getTargetTriple());
  std::string width = std::to_string(target_.vector_bytes * 8);
  for (llvm::Function& function : *llvm_module) {
    if (function.isDeclaration()) continue;
    // Without both of these, vectors of 512 bits are split in two.
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr("target-cpu", target_.cpu);
    function.addFnAttr("target-features", target_.features);
    function.addFnAttr(llvm::Attribute::NoUnwind);
    if (function.getSubprogram() != nullptr) {
      // Debuggers and profilers walk the stack.
      function.addFnAttr("frame-pointer", "all");
      function.setUWTableKind(llvm::UWTableKind::Async);
    }
  }
  if (absl::Status status = optimize(*llvm_module, *machine_); !status.ok()) return status;
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager emit;
  WithoutStrengthReduction passes(emit);
  auto file = format == NativeFormat::kObject ? llvm::CodeGenFileType::ObjectFile
                                              : llvm::CodeGenFileType::AssemblyFile;
  if (machine_->addPassesToEmitFile(passes, stream, nullptr, file))
    return absl::InternalError("the target cannot emit native code");
  emit.run(*llvm_module);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), "etch",
                                                         /*RequiresNullTerminator=*/false);
}

absl::StatusOr<std::shared_ptr<LoadedCode>> LoadedCode::load(
    std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects, bool debug) {
  auto jit = sharedJit(debug);
  if (!jit.ok()) return jit.status();
  static std::atomic<int64_t> counter{0};
  auto library = (*jit)->createJITDylib("etch." + std::to_string(counter++));
  if (!library) return internal("a JIT library cannot be made", library.takeError());
  auto generator = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!generator) return internal("process symbols cannot be searched", generator.takeError());
  library->addGenerator(std::move(*generator));
  auto code = std::make_shared<OrcCode>(*jit, *library);
  for (auto& object : objects)
    if (auto error = (*jit)->addObjectFile(*library, std::move(object)))
      return internal("native code cannot be loaded", std::move(error));
  return code;
}

}  // namespace etch::codegen
