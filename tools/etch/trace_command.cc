#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "etch/frontend/program_impl.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/text_file.h"

namespace etch::tools {
namespace {

const char kNotes[] =
    "The file holds the program and no values of its state: run it with --state, or on random\n"
    "ones. Text and bytecode hold the same, with module paths and source lines; a traced program\n"
    "in one form is written in the other.\n"
    "\n"
    "JSON, with --output: {\"file\", \"program\", \"ops\", \"inputs\": [VALUE], \"results\": "
    "[VALUE]};\n"
    "VALUE is {\"name\", \"kind\": \"argument|state|grad|result\", \"path\", \"dtype\", "
    "\"shape\"}.\n";

struct Options {
  ModelRequest request;
  std::string output;
  bool json = false;
};

absl::Status trace_model(const Options& options) {
  if (options.json && options.output.empty())
    return absl::NotFoundError("--json tells of a file that --output names");
  ETCH_ASSIGN_OR_RETURN(auto traced, trace_program(options.request));
  const Program& program = traced.second;
  if (options.output.empty())
    return write_text_file("", program.mlir_text(/*with_locations=*/true));
  ETCH_RETURN_IF_ERROR(of_file(program.save(options.output)));
  int64_t ops = program.impl()->function.num_ops;
  if (options.json)
    std::cout << json_text(llvm::json::Object{{"file", options.output},
                                              {"program", traced.first},
                                              {"ops", ops},
                                              {"inputs", json_of(program.inputs())},
                                              {"results", json_of(program.results())}});
  else
    std::cout << options.output << ": " << traced.first << ", " << ops << " ops, "
              << program.inputs().size() << " inputs, " << program.results().size() << " results\n";
  return absl::OkStatus();
}

}  // namespace

void add_trace_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("trace", "Writes a model's program as MLIR, which other commands take");
  auto options = std::make_shared<Options>();
  add_model_option(*command, options->request.model, kTracedModelHelp);
  add_program_option(*command, options->request.program);
  add_input_option(*command, options->request.inputs);
  command
      ->add_option("-o,--output", options->output,
                   "file to write: bytecode where it ends in .mlirbc, else text (default: text on "
                   "standard output)")
      ->type_name("FILE");
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report(trace_model(*options)); });
}

}  // namespace etch::tools
