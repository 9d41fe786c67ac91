// Optimizes and compiles an addition by the C++ API of the host's LLVM, whose headers leave copies of
// its templates in the program.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>

using namespace llvm;

namespace {

std::unique_ptr<Module> make_module(LLVMContext& context) {
  auto module = std::make_unique<Module>("host", context);
  IRBuilder<> builder(context);
  Type* i32 = builder.getInt32Ty();
  auto* add = Function::Create(FunctionType::get(i32, {i32, i32}, false),
                               Function::ExternalLinkage, "add", module.get());
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", add));
  builder.CreateRet(builder.CreateAdd(add->getArg(0), add->getArg(1)));
  return module;
}

void optimize(Module& module) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
}

}  // namespace

int add_with_llvm(int a, int b) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  auto context = std::make_unique<LLVMContext>();
  auto module = make_module(*context);
  optimize(*module);
  auto jit = cantFail(orc::LLJITBuilder().create());
  cantFail(jit->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))));
  auto symbol = cantFail(jit->lookup("add"));
  return reinterpret_cast<int (*)(int, int)>(symbol.getAddress())(a, b);
}
