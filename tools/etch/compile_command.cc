#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/runtime/model.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/terminal.h"

namespace etch::tools {
namespace {

const char kNotes[] = "JSON: {\"file\", \"bytes\", \"programs\": [name], \"targets\": [name]}.\n";

struct Options {
  ModelRequest request;
  std::vector<std::string> programs;  // empty: all
  std::vector<std::string> targets;   // as Bundle takes them; empty: this machine
  CodeOptions code;
  std::string output;
  bool packed = false;
  bool json = false;
};

// Before anything is traced.
absl::Status check_targets(const Options& options) {
  std::set<std::string> seen;
  for (const std::string& target : options.targets) {
    ETCH_RETURN_IF_ERROR(check_target_name(target));
    if (!seen.insert(target).second)
      return absl::NotFoundError("--target " + target + " is given twice");
    ETCH_RETURN_IF_ERROR(check_target_features(target, options.code.target_features));
  }
  if (!options.targets.empty()) return absl::OkStatus();
  return check_target_features("native", options.code.target_features);
}

// The name of a bundle: the model's, without folders, libraries and extensions.
std::string bundle_name(const std::string& model) {
  ModelName name = parse_model_name(model);
  return name.model.empty() ? std::filesystem::path(name.file).stem().string() : name.model;
}

// A program in a file has no values of its own.
absl::Status check_state(const Options& options, const NamedPrograms& programs) {
  if (parse_model_name(options.request.model).kind != ModelKind::kProgram ||
      !options.request.state.empty())
    return absl::OkStatus();
  for (const auto& [name, program] : programs)
    for (const runtime::ValueInfo& info : program.inputs())
      if (info.kind == runtime::ValueKind::kState)
        return absl::NotFoundError(options.request.model +
                                   " is a program without values of its state; --state FILE gives "
                                   "them");
  return absl::OkStatus();
}

absl::Status check_programs(const Options& options) {
  std::set<std::string> seen;
  for (const std::string& program : options.programs)
    if (!seen.insert(program).second)
      return absl::NotFoundError("--program " + program + " is given twice");
  return absl::OkStatus();
}

absl::Status compile_bundle(const Options& options) {
  ETCH_RETURN_IF_ERROR(check_targets(options));
  ETCH_RETURN_IF_ERROR(check_programs(options));
  ETCH_ASSIGN_OR_RETURN(NamedPrograms programs, trace_programs(options.request, options.programs));
  ETCH_RETURN_IF_ERROR(check_state(options, programs));
  Bundle bundle(bundle_name(options.request.model), options.targets);
  CompileOptions compile{.target_features = options.code.target_features,
                         .matmul_precision = matmul_precision_of(options.code.matmul_precision),
                         .warn = print_warning};
  llvm::json::Array names;
  std::vector<std::string> listed;
  try {
    for (const auto& [name, program] : programs) {
      bundle.add(name, program, compile);
      names.push_back(name);
      listed.push_back(name);
    }
  } catch (const Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  {
    Progress progress("compiling " + absl::StrJoin(listed, ", "));
    ETCH_RETURN_IF_ERROR(of_file(bundle.write(options.output)));
    if (options.packed) {
      ETCH_ASSIGN_OR_RETURN(runtime::Model model, runtime::Model::load(options.output));
      ETCH_RETURN_IF_ERROR(of_file(model.save(options.output, {.packed = true})));
    }
  }
  auto bytes = static_cast<int64_t>(std::filesystem::file_size(options.output));
  if (options.json) {
    llvm::json::Array targets(options.targets);
    if (targets.empty()) targets.push_back("native");
    std::cout << json_text(llvm::json::Object{{"file", options.output},
                                              {"bytes", bytes},
                                              {"programs", std::move(names)},
                                              {"targets", std::move(targets)}});
  } else {
    std::cout << options.output << ": " << absl::StrJoin(listed, ", ") << "; " << bytes
              << " bytes\n";
  }
  return absl::OkStatus();
}

}  // namespace

void add_compile_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "compile", "Writes a model's programs as native code, with its state, to one file");
  auto options = std::make_shared<Options>();
  add_model_option(*command, options->request.model, kTracedModelHelp);
  command->add_option("-o,--output", options->output, "file to write, by custom *.etch")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--program", options->programs,
                   "such as train_step; may come several times (default: all)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--target", options->targets,
                   "native, or a level of the x86-64 ABI: x86-64, x86-64-v2, x86-64-v3 (AVX2), "
                   "x86-64-v4 (AVX-512); may come several times: the file then has code for "
                   "each, and the best that a processor runs is taken (default: native)")
      ->type_name("TARGET")
      ->allow_extra_args(false);
  add_code_options(*command, options->code);
  add_input_option(*command, options->request.inputs);
  add_state_option(*command, options->request.state);
  command->add_flag("--packed", options->packed,
                    "adds the weights as this processor's code wants them: who loads the file maps "
                    "them, processes share them, and no first call packs them; the file is about "
                    "twice as long");
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report(compile_bundle(*options)); });
}

}  // namespace etch::tools
