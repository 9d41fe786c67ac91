#include "etch/tools/etch/profile.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>

#include "etch/etch.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/model.h"
#include "etch/runtime/profile.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/graph_page.h"
#include "etch/tools/etch/profile_table.h"
#include "etch/tools/etch/program_inputs.h"
#include "etch/tools/etch/program_source.h"
#include "etch/tools/etch/text_file.h"
#include "etch/tools/measure/timing.h"

namespace etch::tools {
namespace {

using runtime::CompiledProgram;
using runtime::ValueInfo;

// A program that can be run in two ways: measured, and with a timeline.
struct Subject {
  std::string program;
  std::shared_ptr<const CompiledProgram> compiled;
  std::function<absl::Status()> run, run_traced;
  std::function<std::vector<runtime::KernelProfile>()> profile;
};

absl::StatusOr<Subject> of_builtin(const ProfileOptions& options, runtime::Executor* executor,
                                   runtime::LaunchTrace* trace) {
  Subject subject;
  subject.program = options.program.empty() ? builtin_programs()[0] : options.program;
  ETCH_ASSIGN_OR_RETURN(Program traced, trace_builtin(options.model, subject.program));
  ETCH_ASSIGN_OR_RETURN(auto inputs, make_inputs(traced.inputs(), options.inputs, options.seed));
  std::vector<Tensor> arguments;
  for (const ValueInfo& info : traced.inputs())
    if (info.kind == runtime::ValueKind::kArgument) arguments.push_back(inputs[info.name]);
  auto runner = [&](bool profile, runtime::LaunchTrace* into)
      -> absl::StatusOr<std::pair<Executable, std::function<absl::Status()>>> {
    ETCH_ASSIGN_OR_RETURN(
        Executable executable,
        traced.compile({.matmul_precision = matmul_precision_of(options.matmul_precision),
                        .profile = profile,
                        .trace = into,
                        .executor = executor}));
    return std::pair(executable, [=] { return executable.run(arguments).status(); });
  };
  ETCH_ASSIGN_OR_RETURN(auto measured, runner(true, nullptr));
  subject.run = measured.second;
  if (!options.trace.empty()) {
    ETCH_ASSIGN_OR_RETURN(auto with_trace, runner(false, trace));
    subject.run_traced = with_trace.second;
  }
  subject.compiled = measured.first.compiled();
  subject.profile = [executable = measured.first] { return executable.profile(); };
  return subject;
}

absl::StatusOr<Subject> of_bundle(const ProfileOptions& options, runtime::Executor* executor,
                                  runtime::LaunchTrace* trace) {
  if (options.matmul_precision != "f32")
    return absl::NotFoundError("a bundle is compiled: --matmul-precision is for built-in models");
  auto loaded = runtime::Model::load(options.model);
  if (!loaded.ok()) return of_file(loaded.status());
  auto model = std::make_shared<runtime::Model>(*std::move(loaded));
  std::vector<std::string> names = model->programs();
  Subject subject;
  subject.program = options.program.empty() && !names.empty() ? names[0] : options.program;
  const CompiledProgram* program = model->find_program(subject.program);
  if (program == nullptr)
    return absl::NotFoundError(unknown_name_message("program", "programs", subject.program, names));
  subject.compiled = std::shared_ptr<const CompiledProgram>(model, program);
  ETCH_ASSIGN_OR_RETURN(auto inputs, make_inputs(program->inputs, options.inputs, options.seed));
  auto session_with = [&](bool profile, runtime::LaunchTrace* into) {
    return std::make_shared<runtime::ModelSession>(
        model->new_session({.executor = executor, .profile = profile, .trace = into}));
  };
  auto runner = [&](const std::shared_ptr<runtime::ModelSession>& session) {
    return [=, name = subject.program] {
      std::vector<runtime::NamedInput> named;
      for (const auto& [input, tensor] : inputs) named.push_back({input, tensor.view()});
      return session->run(name, named, {});
    };
  };
  auto measured = session_with(true, nullptr);
  subject.run = runner(measured);
  if (!options.trace.empty()) subject.run_traced = runner(session_with(false, trace));
  subject.profile = [=, name = subject.program] { return measured->profile(name); };
  return subject;
}

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

// The graph of a built-in model's program, with what was measured.
absl::Status write_html(const ProfileOptions& options, const ProfileReport& report) {
  ETCH_ASSIGN_OR_RETURN(LoadedProgram program, load_program(options.model, report.program));
  codegen::CompileOptions compile_options;
  compile_options.num_threads = report.threads;
  compile_options.matmul_precision = options.matmul_precision;
  GraphPage page{.model = report.model, .program = report.program, .profile = &report};
  ETCH_ASSIGN_OR_RETURN(std::string text, write_page(*program.module, page, compile_options));
  return write_text_file(options.html, text);
}

}  // namespace

absl::Status profile(const ProfileOptions& options) {
  int threads = options.threads > 0 ? options.threads : runtime::physical_cores();
  runtime::ThreadPool executor(threads);
  runtime::LaunchTrace trace;
  bool bundle = options.model.ends_with(".etch") || options.model.find('/') != std::string::npos;
  if (bundle && !options.html.empty())
    return absl::NotFoundError("a bundle holds no graph: --html is for built-in models");
  ETCH_ASSIGN_OR_RETURN(Subject subject, bundle ? of_bundle(options, &executor, &trace)
                                                : of_builtin(options, &executor, &trace));
  ETCH_RETURN_IF_ERROR(subject.run());
  std::vector<runtime::KernelProfile> first = subject.profile();
  std::vector<double> times;
  for (int64_t i = 0; i < options.runs; ++i) {
    absl::Status status;
    times.push_back(1e3 * seconds([&] { status = subject.run(); }));
    ETCH_RETURN_IF_ERROR(status);
  }
  double sum = std::accumulate(times.begin(), times.end(), 0.0);
  ProfileReport report{.model = options.model,
                       .program = subject.program,
                       .threads = threads,
                       .runs = options.runs,
                       .run_ms = sum / static_cast<double>(times.size()),
                       .median_run_ms = median(times),
                       .memory_bytes = memory_of(*subject.compiled),
                       .peak = {},
                       .kernels = without(first, subject.profile())};
  report.peak = measure_peak(executor, report.memory_bytes);
  if (!options.html.empty()) ETCH_RETURN_IF_ERROR(write_html(options, report));
  if (!options.trace.empty()) {
    ETCH_RETURN_IF_ERROR(subject.run_traced());
    ETCH_RETURN_IF_ERROR(subject.run_traced());
    ETCH_RETURN_IF_ERROR(of_file(trace.write(options.trace)));
  }
  return write_text_file(options.output,
                         options.json ? profile_json(report) : profile_table(report));
}

}  // namespace etch::tools
