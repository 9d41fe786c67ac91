// Compiles an addition by the C API of the host's LLVM.
#include <llvm-c/Core.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Target.h>

int add_with_llvm(int a, int b) {
  LLVMLinkInMCJIT();
  LLVMInitializeNativeTarget();
  LLVMInitializeNativeAsmPrinter();
  LLVMModuleRef module = LLVMModuleCreateWithName("host");
  LLVMTypeRef i32 = LLVMInt32Type();
  LLVMTypeRef parameters[] = {i32, i32};
  LLVMValueRef add = LLVMAddFunction(module, "add", LLVMFunctionType(i32, parameters, 2, 0));
  LLVMBuilderRef builder = LLVMCreateBuilder();
  LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlock(add, "entry"));
  LLVMBuildRet(builder, LLVMBuildAdd(builder, LLVMGetParam(add, 0), LLVMGetParam(add, 1), "sum"));
  LLVMDisposeBuilder(builder);
  LLVMExecutionEngineRef engine = nullptr;
  char* error = nullptr;
  if (LLVMCreateExecutionEngineForModule(&engine, module, &error)) return -1;
  auto code = reinterpret_cast<int (*)(int, int)>(LLVMGetFunctionAddress(engine, "add"));
  int result = code(a, b);
  LLVMDisposeExecutionEngine(engine);
  return result;
}
