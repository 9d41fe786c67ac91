// From a traced program to native code: the one door into the compiler.
#ifndef ETCH_CODEGEN_COMPILER_H_
#define ETCH_CODEGEN_COMPILER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/run_stage.h"
#include "etch/codegen/target.h"
#include "etch/runtime/debugging.h"
#include "etch/runtime/program.h"
#include "llvm/Support/MemoryBuffer.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::codegen {

struct CompileOptions {
  // Threads that compile kernels. 0: one per core.
  int compile_threads = 0;
  // Pieces are cut so that this many threads can share a kernel. 0: one per core.
  int num_threads = 0;
  // Verify the IR after every pass; then nothing is taken from the object cache.
  bool verify = false;
  // Scratch memory of one call, in bytes; RESOURCE_EXHAUSTED when the plan needs more. 0: no limit.
  int64_t max_workspace_bytes = 0;
  // As Target::create takes it.
  std::string target = {};
  // Limits the target's features, such as "+avx2,+fma,-avx512f"; empty: those of this machine.
  std::string target_features = {};
  // Of the factors of f32 products: "f32", "bf16", "bf16x3" or "bf16x6".
  std::string matmul_precision = "f32";
  // Code with line tables, which gdb and perf know by the kernels' names once it is loaded.
  bool debug = runtime::debugging_wanted();
  // Choices that kernels are scheduled with, by their symbols (schedule/tile_choice.h); the others
  // take what was tuned for them, or else the cost model's.
  std::map<std::string, std::string> schedules = {};
  // Fills in CompileReport::choices, of the cost model: nothing is taken from the object cache.
  bool list_choices = false;
  // Told of what CompileReport::warnings has, as it is found. Null: nobody is told.
  std::function<void(const std::string&)> warn = {};
};

// What a kernel's schedule can choose.
struct KernelChoice {
  std::string kernel;
  std::string key;  // for ObjectCache::storeSchedule
  std::string chosen;
  std::vector<std::string> candidates;  // others worth measuring
};

struct CompileReport {
  std::vector<std::pair<std::string, double>> stage_seconds;  // in the order of the pipeline
  double seconds = 0;
  int launches = 0;
  int kernels = 0;         // distinct ones, after identical kernels became one
  int cached_kernels = 0;  // those of them whose code was on disk (object_cache.h)
  int64_t arena_bytes = 0;
  int64_t arena_lower_bound_bytes = 0;  // largest sum of live bytes at one launch
  int64_t code_bytes = 0;
  int tuned_kernels = 0;  // those whose schedule was measured before (ObjectCache::findSchedule)
  std::vector<std::string> warnings;  // of damaged files beside the object cache
  std::vector<KernelChoice> choices;
};

// The pipeline's stages in order: trace, autodiff, simplify, fuse, linalg, schedule, bufferize,
// llvm, asm.
const std::vector<std::string>& stageNames();

// Compiles the function `main` of `module`, whose arguments and results carry the attributes of
// ir/program.h. `module` is consumed (left in an unspecified state).
absl::StatusOr<std::shared_ptr<const runtime::CompiledProgram>> compileProgram(
    mlir::ModuleOp module, const CompileOptions& options, CompileReport* report = nullptr);

// A compiled program that is not loaded.
struct ObjectCode {
  std::shared_ptr<runtime::CompiledProgram> program;  // without its functions
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects;
  Target target;
};
absl::StatusOr<ObjectCode> compileToObjects(mlir::ModuleOp module, const CompileOptions& options,
                                            CompileReport* report = nullptr);

// Takes `module`, a program after stage `from`, to what it is after stage `to` (for "asm": to
// "llvm"). INVALID_ARGUMENT lists the stages when a name is wrong. `instrument` sees the pass
// managers of the stages; bufferize and asm have none.
absl::Status runStages(mlir::ModuleOp module, std::string_view from, std::string_view to,
                       const CompileOptions& options, Instrument instrument = nullptr);

// The text of `module` after `stage` ("trace" .. "asm"); INVALID_ARGUMENT lists the stages when the
// name is wrong. `module` then holds that stage's program; for "asm" that of "llvm".
absl::StatusOr<std::string> dumpStage(mlir::ModuleOp module, std::string_view stage,
                                      const CompileOptions& options,
                                      Instrument instrument = nullptr);

}  // namespace etch::codegen

#endif  // ETCH_CODEGEN_COMPILER_H_
