#include "etch/tools/etch/tuner.h"

#include <algorithm>
#include <chrono>

#include "etch/runtime/philox.h"
#include "etch/runtime/status.h"
#include "etch/runtime/tensor_view.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/compare_values.h"
#include "mlir/IR/OwningOpRef.h"

namespace etch::tools {
namespace {

using runtime::Storage;
using runtime::ValueInfo;

int64_t bytes_of(const ValueInfo& info) { return info.shape.num_elements() * size_of(info.dtype); }

// Small numbers around zero, as weights and activations are; zeros for integers, which may be
// indices or counters, and for 16-bit floats.
absl::StatusOr<std::shared_ptr<Storage>> draw(const ValueInfo& info, uint64_t key,
                                              runtime::Executor& executor) {
  ETCH_ASSIGN_OR_RETURN(std::shared_ptr<Storage> storage, Storage::allocate_zeroed(bytes_of(info)));
  auto count = static_cast<size_t>(info.shape.num_elements());
  if (info.dtype == f32) {
    std::span<float> values(storage->data<float>(), count);
    runtime::fill_random_uniform(key, 0, values, executor);
    // Variances are state too: nothing is negative.
    for (float& value : values) value = 0.05f * value + 0.01f;
  }
  return storage;
}

// Whole numbers must be the same, floats may differ by rounding.
bool agree(const ValueInfo& info, const Storage& a, const Storage& b) {
  Difference difference =
      compare_values({a.data(), info.dtype, info.shape}, {b.data(), info.dtype, info.shape});
  return difference.relative <= (is_floating(info.dtype) ? tolerance_of(info.dtype) : 0);
}

}  // namespace

absl::StatusOr<Variant> Tuner::compile(const codegen::CompileOptions& options,
                                       codegen::CompileReport* report) {
  mlir::OwningOpRef<mlir::ModuleOp> module = module_.clone();
  Variant variant;
  variant.schedules = options.schedules;
  ETCH_ASSIGN_OR_RETURN(variant.program, codegen::compileProgram(*module, options, report));
  ETCH_ASSIGN_OR_RETURN(variant.session,
                        runtime::Session::create(
                            variant.program, {.executor = threads_->executor(), .profile = true}));
  return variant;
}

absl::StatusOr<Tuner> Tuner::create(mlir::ModuleOp program, const TuneOptions& options) {
  Tuner tuner;
  tuner.module_ = program;
  tuner.threads_ = std::make_unique<Threads>(options.threads);
  tuner.compile_options_.num_threads = tuner.threads_->count();
  tuner.compile_options_.matmul_precision = options.matmul_precision;
  tuner.compile_options_.warn = print_warning;
  codegen::CompileOptions listing = tuner.compile_options_;
  listing.list_choices = true;
  codegen::CompileReport report;
  ETCH_ASSIGN_OR_RETURN(Variant standard, tuner.compile(listing, &report));
  tuner.choices_ = std::move(report.choices);
  for (const ValueInfo& info : standard.program->inputs) {
    uint64_t key = runtime::derive_key(options.request.seed, info.name + info.path);
    ETCH_ASSIGN_OR_RETURN(tuner.inputs_.emplace_back(),
                          draw(info, key, *tuner.threads_->executor()));
  }
  ETCH_RETURN_IF_ERROR(tuner.run(standard));
  standard.kernel_ms.clear();
  standard.run_ms.clear();
  tuner.variants_.push_back(std::move(standard));
  return tuner;
}

absl::Status Tuner::run(Variant& variant) {
  const runtime::CompiledProgram& program = *variant.program;
  std::vector<const void*> inputs;
  for (const auto& storage : inputs_) inputs.push_back(storage->data());
  if (variant.results.empty())
    for (const ValueInfo& info : program.results) {
      ETCH_ASSIGN_OR_RETURN(variant.results.emplace_back(), Storage::allocate(bytes_of(info)));
    }
  std::vector<void*> results;
  for (const auto& storage : variant.results) results.push_back(storage->data());
  // Inputs never change: what is derived from state is derived once.
  std::vector<uint64_t> versions(inputs.size(), 1);
  variant.session->reset_profile();
  auto start = std::chrono::steady_clock::now();
  ETCH_RETURN_IF_ERROR(variant.session->run(inputs, results, versions));
  std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  variant.run_ms.push_back(time.count());
  std::map<std::string, double> sums;
  for (size_t i = 0; i < program.launches.size(); ++i)
    sums[program.launches[i].kernel] +=
        static_cast<double>(variant.session->profile()[i].nanoseconds) * 1e-6;
  for (const auto& [kernel, ms] : sums) variant.kernel_ms[kernel].push_back(ms);
  return absl::OkStatus();
}

bool Tuner::agrees(const Variant& variant) const {
  const std::vector<ValueInfo>& infos = variant.program->results;
  for (size_t i = 0; i < infos.size(); ++i)
    if (!agree(infos[i], *standard().results[i], *variant.results[i])) return false;
  return true;
}

absl::StatusOr<bool> Tuner::add(const Schedules& schedules) {
  codegen::CompileOptions options = compile_options_;
  options.schedules = schedules;
  // The cost model's choice stands for kernels that are not among `schedules`, not what was tuned.
  for (const codegen::KernelChoice& choice : choices_)
    options.schedules.try_emplace(choice.kernel, choice.chosen);
  ETCH_ASSIGN_OR_RETURN(Variant variant, compile(options, nullptr));
  variant.schedules = schedules;
  ETCH_RETURN_IF_ERROR(run(variant));
  if (!agrees(variant)) return false;
  variant.kernel_ms.clear();
  variant.run_ms.clear();
  variants_.push_back(std::move(variant));
  return true;
}

absl::Status Tuner::measure(double seconds) {
  auto start = std::chrono::steady_clock::now();
  auto passed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  constexpr int kLeast = 5, kMost = 101;
  for (int round = 0; round < kMost && (round < kLeast || passed() < seconds); ++round)
    for (Variant& variant : variants_) ETCH_RETURN_IF_ERROR(run(variant));
  return absl::OkStatus();
}

}  // namespace etch::tools
