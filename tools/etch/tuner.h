// Programs that differ in the choices of their kernels, measured side by side.
#ifndef ETCH_TOOLS_ETCH_TUNER_H_
#define ETCH_TOOLS_ETCH_TUNER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/runtime/session.h"
#include "etch/tools/etch/runner.h"
#include "etch/tools/etch/tune.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::tools {

using Schedules = std::map<std::string, std::string>;  // by kernel

// One compilation of a program, and what its kernels took.
struct Variant {
  Schedules schedules;
  std::shared_ptr<const runtime::CompiledProgram> program;
  std::unique_ptr<runtime::Session> session;
  std::vector<std::shared_ptr<runtime::Storage>> results;
  std::vector<double> run_ms;
  std::map<std::string, std::vector<double>> kernel_ms;  // of each run
};

class Tuner {
 public:
  // Compiles `program`, which is left as it is, with the cost model's choices. Runs read the values
  // that the options' seed draws and write to memory of their own, so that all variants see the
  // same.
  static absl::StatusOr<Tuner> create(mlir::ModuleOp program, const TuneOptions& options);

  const Variant& standard() const { return variants_.front(); }
  const std::vector<codegen::KernelChoice>& choices() const { return choices_; }
  int threads() const { return threads_->count(); }

  // Adds a variant. False when its results differ from the standard's by more than rounding: it is
  // then left out.
  absl::StatusOr<bool> add(const Schedules& schedules);
  // Runs all variants in turn, at least five times, until `seconds` have passed.
  absl::Status measure(double seconds);
  const std::vector<Variant>& variants() const { return variants_; }

 private:
  Tuner() = default;
  absl::StatusOr<Variant> compile(const codegen::CompileOptions& options,
                                  codegen::CompileReport* report);
  absl::Status run(Variant& variant);
  bool agrees(const Variant& variant) const;

  mlir::ModuleOp module_;
  std::unique_ptr<Threads> threads_;
  codegen::CompileOptions compile_options_;
  std::vector<std::shared_ptr<runtime::Storage>> inputs_;
  std::vector<codegen::KernelChoice> choices_;
  std::vector<Variant> variants_;  // the standard first
};

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_TUNER_H_
