// LLVM IR to native code: objects, and objects in memory.
#ifndef ETCH_CODEGEN_NATIVE_H_
#define ETCH_CODEGEN_NATIVE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/target.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

enum class NativeFormat { kObject, kAssembly };

// Compiles modules of the LLVM dialect for one target, one at a time.
class NativeCompiler {
 public:
  static absl::StatusOr<NativeCompiler> create(const Target& target);

  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> compile(mlir::ModuleOp module,
                                                              NativeFormat format);

 private:
  NativeCompiler(const Target& target, std::unique_ptr<llvm::TargetMachine> machine);

  Target target_;
  std::unique_ptr<llvm::TargetMachine> machine_;
};

// Linked objects; symbols live as long as the object.
class LoadedCode {
 public:
  // `debug`: gdb (by its JIT interface) and perf (by /tmp/perf-PID.map) are told of the functions.
  static absl::StatusOr<std::shared_ptr<LoadedCode>> load(
      std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects, bool debug);
  virtual ~LoadedCode() = default;
  // Null when there is no such symbol.
  virtual void* find(const std::string& symbol) = 0;
};

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_NATIVE_H_
