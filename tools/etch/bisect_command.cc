#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/bisect.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/figures.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/runner.h"
#include "etch/tools/etch/terminal.h"

namespace etch::tools {
namespace {

const char kExplanation[] =
    "BASELINE is `reference`, which computes op by op, slowly (some seconds for a resnet18) and\n"
    "without any code of the compiler's; or what else to compile with, any of a matmul precision\n"
    "and a target, joined by a comma: f32, bf16x3, x86-64-v3, f32,x86-64. Or values in a file "
    "*.npz\n"
    "that --record has written, of the same program with another build of Etch, or on another\n"
    "machine; the inputs must be the same, which --seed and files make them.\n"
    "\n"
    "Values are compared at the ends of modules in one program that returns all of them, then op "
    "by\n"
    "op within the first module that differs. Differences are relative: the norm of the "
    "difference\n"
    "over the norm of the baseline's value. Sums that cancel to nothing, such as the gradient of "
    "a\n"
    "bias before a BatchNorm, are rounding alone, which --absolute lets pass; Adam, which divides "
    "by\n"
    "the size of a gradient, makes much of it again.\n"
    "\n"
    "JSON: {\"model\", \"program\", \"baseline\", \"found\": bool, \"first\": PROBE or null,\n"
    "\"results\": [PROBE], \"probes\": [PROBE]}; PROBE is {\"path\", \"op\", \"line\", "
    "\"relative\",\n"
    "\"largest\", \"tolerance\", \"differs\"}, where null is an infinite difference.\n";

struct Options {
  ModelRequest request;
  CodeOptions code;
  std::string target;
  std::string baseline = "reference";
  std::string record;
  double tolerance = 0, absolute = 1e-6;
  int threads = 0;
  bool json = false;
};

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::ranges::find(names, name) != names.end();
}

absl::StatusOr<Evaluator> baseline_of(const Options& options, const Buffers& inputs,
                                      runtime::Executor* executor) {
  if (options.baseline == "reference") return reference_evaluator(inputs);
  if (options.baseline.ends_with(".npz")) {
    auto values = load_state(options.baseline);
    if (!values.ok()) return of_file(values.status());
    return recorded_evaluator(*std::move(values), options.baseline);
  }
  codegen::CompileOptions compile{.num_threads = executor->concurrency()};
  const std::vector<std::string> parts = absl::StrSplit(options.baseline, ',');
  for (const std::string& part : parts) {
    if (is_one_of(part, matmul_precisions())) {
      compile.matmul_precision = part;
    } else if (is_one_of(part, codegen::Target::names())) {
      compile.target = part;
    } else {
      std::vector<std::string> names = {"reference"};
      for (const auto& more : {matmul_precisions(), codegen::Target::names()})
        names.insert(names.end(), more.begin(), more.end());
      return absl::NotFoundError(unknown_name_message("baseline", "baselines", part, names));
    }
  }
  return compiled_evaluator(inputs, compile, executor);
}

std::string describe(const Probe& probe) {
  std::string where = probe.path.empty() ? "the top level" : probe.path;
  return absl::StrFormat("%s: %s%s: relative difference %.3g (largest %.3g), tolerance %.3g", where,
                         probe.op, probe.line.empty() ? "" : " (" + probe.line + ")",
                         probe.difference.relative, probe.difference.largest, probe.tolerance);
}

std::string text_of(const Options& options, const std::string& program, const Bisection& found) {
  std::string text =
      options.request.model + " " + program + ", compiled against " + options.baseline + "\n";
  if (!found.found) {
    const Probe* worst = nullptr;
    for (const auto* probes : {&found.results, &found.probes})
      for (const Probe& probe : *probes)
        if (!worst || probe.difference.relative > worst->difference.relative) worst = &probe;
    text += coloured("no difference", Colour::kGreen) + " beyond the tolerance in " +
            std::to_string(found.results.size() + found.probes.size()) + " values";
    return text + (worst ? "; the largest\n  " + describe(*worst) + "\n" : "\n");
  }
  text += coloured("first differs in ", Colour::kRed) + describe(found.first) + "\n";
  for (const Probe& probe : found.results)
    if (probe.differs()) text += "  then " + describe(probe) + "\n";
  return text;
}

llvm::json::Value json_of_probe(const Probe& probe) {
  return llvm::json::Object{{"path", probe.path},
                            {"op", probe.op},
                            {"line", probe.line},
                            {"relative", json_number(probe.difference.relative)},
                            {"largest", json_number(probe.difference.largest)},
                            {"tolerance", probe.tolerance},
                            {"differs", probe.differs()}};
}

llvm::json::Array json_of_probes(const std::vector<Probe>& probes) {
  llvm::json::Array array;
  for (const Probe& probe : probes) array.push_back(json_of_probe(probe));
  return array;
}

absl::StatusOr<bool> run_bisect(const Options& options) {
  if (!options.target.empty()) ETCH_RETURN_IF_ERROR(check_target_name(options.target));
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(options.request));
  ETCH_ASSIGN_OR_RETURN(auto arguments, prepare_inputs(options.request, traced.second));
  ETCH_ASSIGN_OR_RETURN(Buffers inputs, input_buffers(traced.second, arguments));
  Threads threads(options.threads);
  ETCH_ASSIGN_OR_RETURN(Evaluator baseline, baseline_of(options, inputs, threads.executor()));
  Evaluator subject = compiled_evaluator(inputs,
                                         {.num_threads = threads.count(),
                                          .target = options.target,
                                          .target_features = options.code.target_features,
                                          .matmul_precision = options.code.matmul_precision,
                                          .warn = print_warning},
                                         threads.executor());
  if (!options.record.empty()) {
    ETCH_ASSIGN_OR_RETURN(nn::StateDict values, record_values(*module_of(traced.second), subject));
    ETCH_RETURN_IF_ERROR(of_file(save_npz(values, options.record)));
    if (!options.json)
      std::cout << options.record << ": " << counted(static_cast<int64_t>(values.size()), "value")
                << " of " << traced.first << '\n';
    return false;
  }
  absl::StatusOr<Bisection> found;
  {
    Progress progress("bisecting");
    found = bisect(*module_of(traced.second), subject, baseline,
                   {.tolerance = options.tolerance,
                    .absolute = options.absolute,
                    .progress = [&](const std::string& step) { progress.show(step); }});
  }
  if (!found.ok()) return found.status();
  if (options.json)
    std::cout << json_text(llvm::json::Object{
        {"model", options.request.model},
        {"program", traced.first},
        {"baseline", options.baseline},
        {"found", found->found},
        {"first", found->found ? json_of_probe(found->first) : llvm::json::Value(nullptr)},
        {"results", json_of_probes(found->results)},
        {"probes", json_of_probes(found->probes)}});
  else
    std::cout << text_of(options, traced.first, *found);
  return found->found;
}

}  // namespace

void add_bisect_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "bisect", "Names the first module whose compiled values differ from a baseline's");
  auto options = std::make_shared<Options>();
  add_request_options(*command, options->request, kTracedModelHelp);
  add_code_options(*command, options->code);
  add_single_target_option(*command, options->target);
  command->add_option("--baseline", options->baseline, "what to compare with, see below")
      ->type_name("BASELINE")
      ->capture_default_str();
  command
      ->add_option("--tolerance", options->tolerance,
                   "relative difference that is none (default: 0.001, of f16 and bf16 0.03)")
      ->check(CLI::Range(0.0, 1e6));
  command
      ->add_option("--absolute", options->absolute,
                   "difference of single elements that is none, however large it is relatively")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  command
      ->add_option("--record", options->record,
                   "compares nothing, and writes the compiled values of all ops to FILE.npz, a "
                   "baseline for later")
      ->type_name("FILE");
  add_threads_option(*command, options->threads);
  add_json_flag(*command, options->json);
  command->footer(kExplanation);
  command->callback([options, &exit_code] { exit_code = report_found(run_bisect(*options)); });
}

}  // namespace etch::tools
