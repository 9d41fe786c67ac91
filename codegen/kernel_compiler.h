// A program's kernels to objects: found in the cache or compiled side by side.
#ifndef ETCH_CODEGEN_KERNEL_COMPILER_H_
#define ETCH_CODEGEN_KERNEL_COMPILER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/codegen/object_cache.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::codegen {

struct CompiledKernel : CachedObject {
  bool cached = false;  // it lay on disk
  bool tuned = false;   // it is scheduled as a measurement said before
  std::string warning;  // of what was found on disk and could not be used
  KernelChoice choice;  // with CompileOptions::list_choices
};

// Compiles `kernels`, functions as fusion leaves them, each in a context of its own and on
// `options.compile_threads` threads, or as many of them as the system grants. Notes the choices
// that were made for them and their pieces on the kernels. `cache` may be null.
//
// A choice that was kept for a kernel (ObjectCache::findSchedule) and that cannot be, since its
// file is damaged, is warned of, forgotten, and made anew by the cost model.
absl::StatusOr<std::vector<CompiledKernel>> compileKernels(
    llvm::ArrayRef<mlir::func::FuncOp> kernels, const Target& target, const CompileOptions& options,
    const ObjectCache* cache);

// What is said of a choice that was tuned for a kernel and cannot be taken.
std::string damagedChoice(llvm::StringRef kernel);

// Leaves on `kernel` what schedules it: what the options say, or what was tuned for it, whose key
// in the cache is `key`. False where the cost model decides.
bool takeSchedule(mlir::func::FuncOp kernel, llvm::StringRef key, const CompileOptions& options,
                  const ObjectCache* cache);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_KERNEL_COMPILER_H_
