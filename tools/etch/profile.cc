#include "etch/tools/etch/profile.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>

#include "etch/runtime/profile.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/graph_page.h"
#include "etch/tools/etch/model_name.h"
#include "etch/tools/etch/profile_table.h"
#include "etch/tools/etch/text_file.h"
#include "etch/tools/measure/timing.h"

namespace etch::tools {
namespace {

using runtime::CompiledProgram;
using runtime::ValueInfo;

int64_t memory_of(const CompiledProgram& program) {
  int64_t bytes = program.arena_bytes + program.derived_bytes;
  for (const auto* values : {&program.inputs, &program.results})
    for (const ValueInfo& info : *values)
      if (info.donated_input < 0) bytes += info.shape.num_elements() * size_of(info.dtype);
  return bytes;
}

// `all` less what the first run took, in which memory is touched for the first time. What prepares
// runs then alone.
std::vector<runtime::KernelProfile> without(const std::vector<runtime::KernelProfile>& first,
                                            std::vector<runtime::KernelProfile> all) {
  for (runtime::KernelProfile& kernel : all) {
    auto before = std::ranges::find_if(first, [&](const runtime::KernelProfile& other) {
      return other.kernel == kernel.kernel && other.prepares == kernel.prepares;
    });
    if (kernel.prepares || before == first.end()) continue;
    kernel.total.calls -= before->total.calls;
    kernel.total.nanoseconds -= before->total.nanoseconds;
    kernel.operations -= before->operations;
    kernel.bytes -= before->bytes;
  }
  std::ranges::sort(all, std::greater(),
                    [](const auto& kernel) { return kernel.total.nanoseconds; });
  return all;
}

// The graph of the program, with what was measured.
absl::Status write_html(const ProfileOptions& options, const ProfileReport& report) {
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(options.request));
  codegen::CompileOptions compile_options;
  compile_options.num_threads = report.threads;
  compile_options.matmul_precision = options.code.matmul_precision;
  compile_options.target_features = options.code.target_features;
  GraphPage page{.model = report.model, .program = report.program, .profile = &report};
  ETCH_ASSIGN_OR_RETURN(std::string text,
                        write_page(*module_of(traced.second), page, compile_options));
  return write_text_file(options.html, text);
}

}  // namespace

absl::Status profile(const ProfileOptions& options) {
  if (!options.html.empty() && parse_model_name(options.request.model).kind == ModelKind::kBundle)
    return absl::NotFoundError("a bundle holds no graph: --html is for other models");
  Threads threads(options.threads);
  runtime::LaunchTrace trace;
  ETCH_ASSIGN_OR_RETURN(auto model, RunnableModel::load(options.request, options.code));
  ETCH_ASSIGN_OR_RETURN(auto measured,
                        model->runner({.executor = threads.executor(), .profile = true}));
  std::shared_ptr<const CompiledProgram> compiled = model->compiled();
  ETCH_RETURN_IF_ERROR(measured->run());
  std::vector<runtime::KernelProfile> first = measured->profile();
  std::vector<double> times;
  for (int64_t i = 0; i < options.runs; ++i) {
    absl::Status status;
    times.push_back(1e3 * seconds([&] { status = measured->run(); }));
    ETCH_RETURN_IF_ERROR(status);
  }
  double sum = std::accumulate(times.begin(), times.end(), 0.0);
  ProfileReport report{.model = options.request.model,
                       .program = model->program(),
                       .threads = threads.count(),
                       .runs = options.runs,
                       .run_ms = sum / static_cast<double>(times.size()),
                       .median_run_ms = median(times),
                       .memory_bytes = memory_of(*compiled),
                       .peak = {},
                       .kernels = without(first, measured->profile())};
  report.peak = measure_peak(*threads.executor(), report.memory_bytes);
  if (!options.html.empty()) ETCH_RETURN_IF_ERROR(write_html(options, report));
  if (!options.trace.empty()) {
    ETCH_ASSIGN_OR_RETURN(auto traced,
                          model->runner({.executor = threads.executor(), .trace = &trace}));
    ETCH_RETURN_IF_ERROR(traced->run());
    ETCH_RETURN_IF_ERROR(traced->run());
    ETCH_RETURN_IF_ERROR(of_file(trace.write(options.trace)));
  }
  return write_text_file(options.output,
                         options.json ? profile_json(report) : profile_table(report));
}

}  // namespace etch::tools
