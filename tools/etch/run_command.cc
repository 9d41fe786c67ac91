#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/evaluation.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/program_inputs.h"
#include "etch/tools/etch/terminal.h"

namespace etch::tools {
namespace {

using runtime::ValueInfo;
using runtime::ValueKind;

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

const char kNotes[] =
    "Without --output results are printed as NumPy prints arrays.\n"
    "\n"
    "JSON: {\"model\", \"program\", \"results\": [{\"name\", \"dtype\", \"shape\", \"data\": all "
    "elements\n"
    "in row-major order, null for what is not finite}]}.\n";

struct Options {
  ModelRequest request;
  CodeOptions code;
  std::vector<std::string> outputs;
  int64_t steps = 1;
  int threads = 0;
  std::string save;
  bool reference = false;
  bool json = false;
};

// Where results go: those of names to a file each, and all of them to an archive.
struct Files {
  Assignments by_name;
  std::string archive;
};

std::vector<std::string> result_names(const std::vector<ValueInfo>& results) {
  std::vector<std::string> names;
  for (const ValueInfo& info : results)
    if (info.kind == ValueKind::kResult) names.push_back(info.name);
  return names;
}

absl::StatusOr<Files> parse_outputs(const std::vector<std::string>& texts,
                                    const std::vector<ValueInfo>& results) {
  Files files;
  std::vector<std::string> assignments;
  for (const std::string& text : texts) {
    bool named = text.find('=') != std::string::npos;
    if (!named && text.ends_with(".npz"))
      files.archive = text;
    else if (!named)
      return absl::NotFoundError(
          absl::StrCat("--output ", text,
                       " is not [NAME=]FILE: only FILE.npz, which takes all results, goes "
                       "without a name; the names are: ",
                       absl::StrJoin(result_names(results), ", ")));
    else
      assignments.push_back(text);
  }
  ETCH_ASSIGN_OR_RETURN(files.by_name, parse_assignments(assignments, results, ValueKind::kResult,
                                                         "output", "outputs"));
  return files;
}

absl::Status deliver(const Options& options, const std::string& program, const Files& files,
                     const NamedTensors& results) {
  NamedTensors shown;
  for (const auto& [name, value] : results) {
    auto file = files.by_name.find(name);
    if (file != files.by_name.end())
      ETCH_RETURN_IF_ERROR(of_file(save_npy(value, file->second)));
    else if (files.archive.empty())
      shown.push_back({name, value});
  }
  if (!files.archive.empty()) {
    nn::StateDict all;
    for (const auto& [name, value] : results) all.insert(name, value);
    ETCH_RETURN_IF_ERROR(of_file(save_npz(all, files.archive)));
  }
  if (options.json)
    std::cout << json_text(llvm::json::Object{
        {"model", options.request.model}, {"program", program}, {"results", json_of(shown)}});
  else
    for (const auto& [name, value] : shown) std::cout << name << " = " << value << '\n';
  return absl::OkStatus();
}

absl::Status run_reference(const Options& options) {
  if (options.steps != 1 || !options.save.empty())
    return absl::NotFoundError(
        "--reference computes one step and keeps no state: not with --steps "
        "or --save");
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(options.request));
  const Program& program = traced.second;
  ETCH_ASSIGN_OR_RETURN(Files files, parse_outputs(options.outputs, program.results()));
  ETCH_ASSIGN_OR_RETURN(auto arguments, prepare_inputs(options.request, program));
  ETCH_ASSIGN_OR_RETURN(Buffers inputs, input_buffers(program, arguments));
  ETCH_ASSIGN_OR_RETURN(Buffers values,
                        reference_evaluator(std::move(inputs))(*module_of(program)));
  NamedTensors results;
  for (size_t i = 0; i < values.size(); ++i) {
    const ValueInfo& info = program.results()[i];
    if (info.kind == ValueKind::kResult)
      results.push_back({info.name, Tensor::from_storage(values[i], info.dtype, info.shape)});
  }
  return deliver(options, traced.first, files, results);
}

absl::Status run_model(const Options& options) {
  if (options.reference) return run_reference(options);
  ETCH_ASSIGN_OR_RETURN(auto model, RunnableModel::load(options.request, options.code));
  ETCH_ASSIGN_OR_RETURN(Files files, parse_outputs(options.outputs, model->results()));
  Threads threads(options.threads);
  ETCH_ASSIGN_OR_RETURN(auto runner, model->runner({.executor = threads.executor()}));
  {
    Progress progress("running");
    for (int64_t i = 0; i < options.steps; ++i) {
      if (i % 100 == 99)
        progress.show(static_cast<size_t>(i + 1), static_cast<size_t>(options.steps));
      ETCH_RETURN_IF_ERROR(runner->run());
    }
  }
  ETCH_RETURN_IF_ERROR(deliver(options, model->program(), files, runner->results()));
  return options.save.empty() ? absl::OkStatus() : model->save(options.save);
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", "Runs a program of a model, and shows its results");
  auto options = std::make_shared<Options>();
  add_request_options(*command, options->request);
  add_code_options(*command, options->code);
  add_threads_option(*command, options->threads);
  command
      ->add_option("--output", options->outputs,
                   "NAME=FILE.npy writes a result, FILE.npz all of them")
      ->type_name("[NAME=]FILE")
      ->allow_extra_args(false);
  command->add_option("--steps", options->steps, "runs, one after the other; the last is shown")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command->add_option("--save", options->save, "of a bundle: writes it with the state afterwards")
      ->type_name("FILE");
  command->add_flag("--reference", options->reference,
                    "computes op by op, slowly, without the compiler; not of a bundle");
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report(run_model(*options)); });
}

}  // namespace etch::tools
