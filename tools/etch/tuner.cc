#include "etch/tools/etch/tuner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "etch/runtime/philox.h"
#include "etch/runtime/status.h"
#include "etch/runtime/tensor_view.h"
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

// The norm of the difference, relative to that of `a`.
double difference(const ValueInfo& info, const Storage& a, const Storage& b) {
  if (!is_floating(info.dtype))
    return std::memcmp(a.data(), b.data(), static_cast<size_t>(bytes_of(info))) == 0 ? 0 : 1;
  TensorView x{a.data(), info.dtype, info.shape}, y{b.data(), info.dtype, info.shape};
  double squares = 0, size = 0;
  for (int64_t i = 0; i < info.shape.num_elements(); ++i) {
    double u = x.at(i), v = y.at(i);
    if (std::isnan(u) != std::isnan(v)) return 1;
    if (!std::isfinite(u) || !std::isfinite(v)) continue;
    squares += (u - v) * (u - v);
    size += u * u;
  }
  return squares == 0 ? 0 : std::sqrt(squares / std::max(size, 1e-30));
}

double tolerance_of(DType dtype) { return dtype == f32 || dtype == f64 ? 1e-3 : 3e-2; }

}  // namespace

absl::StatusOr<Variant> Tuner::compile(const codegen::CompileOptions& options,
                                       codegen::CompileReport* report) {
  mlir::OwningOpRef<mlir::ModuleOp> module = module_.clone();
  Variant variant;
  variant.schedules = options.schedules;
  ETCH_ASSIGN_OR_RETURN(variant.program, codegen::compileProgram(*module, options, report));
  ETCH_ASSIGN_OR_RETURN(
      variant.session,
      runtime::Session::create(variant.program, {.executor = executor_.get(), .profile = true}));
  return variant;
}

absl::StatusOr<Tuner> Tuner::create(mlir::ModuleOp program, const TuneOptions& options) {
  Tuner tuner;
  tuner.module_ = program;
  tuner.compile_options_.num_threads = options.threads;
  tuner.compile_options_.matmul_precision = options.matmul_precision;
  tuner.executor_ = std::make_unique<runtime::ThreadPool>(options.threads);
  codegen::CompileOptions listing = tuner.compile_options_;
  listing.list_choices = true;
  codegen::CompileReport report;
  ETCH_ASSIGN_OR_RETURN(Variant standard, tuner.compile(listing, &report));
  tuner.choices_ = std::move(report.choices);
  for (const ValueInfo& info : standard.program->inputs) {
    uint64_t key = runtime::derive_key(options.seed, info.name + info.path);
    ETCH_ASSIGN_OR_RETURN(tuner.inputs_.emplace_back(), draw(info, key, *tuner.executor_));
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
    if (difference(infos[i], *standard().results[i], *variant.results[i]) >
        tolerance_of(infos[i].dtype))
      return false;
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
