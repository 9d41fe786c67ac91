#include <CLI/CLI.hpp>
#include <memory>

#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/dump.h"

namespace etch::tools {
namespace {

const char kStages[] =
    "Stages, in the order in which they happen:\n"
    "  trace      what your code recorded, op by op\n"
    "  autodiff   with gradients that a saved program asks for\n"
    "  simplify   constants folded, equal and dead ops gone\n"
    "  fuse       ops grouped to kernels\n"
    "  linalg     kernels as loops over tensors\n"
    "  schedule   tiled, packed and vectorized\n"
    "  bufferize  values placed in memory\n"
    "  llvm       MLIR's LLVM dialect\n"
    "  asm        the machine code, as assembly\n"
    "\n"
    "A stage is a list of passes (bufferize and asm have none of their own). --before, --after "
    "and\n"
    "--print-changed print the functions that a pass works on, --timing what passes take, each in\n"
    "place of the program and up to --stage (default: llvm). A pass is named as in etch-opt, or\n"
    "`all`.\n"
    "\n"
    "JSON: {\"model\", \"program\", \"stage\", \"format\", \"text\"}; with --timing {\"passes\": "
    "[{\"stage\",\n"
    "\"pass\", \"ms\"}]}.\n";

}  // namespace

void add_dump_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "dump", "Prints a model's program after a stage of compilation, as text or as a picture");
  auto options = std::make_shared<DumpOptions>();
  add_model_option(*command, options->request.model, kTracedModelHelp);
  add_program_option(*command, options->request.program);
  add_input_option(*command, options->request.inputs);
  command->add_option("--stage", options->stage, "stage to stop after, see below (default: trace)")
      ->type_name("STAGE");
  command
      ->add_option("--filter", options->filter,
                   "only what modules of this path computed; * stands for any characters: "
                   "--filter='path:h.0.*'")
      ->type_name("PATTERN")
      ->transform([](std::string filter) {
        // `path:` says what is filtered by; there is nothing else yet.
        constexpr std::string_view kPath = "path:";
        if (filter.starts_with(kPath)) filter.erase(0, kPath.size());
        return filter;
      });
  command
      ->add_option("--format", options->format,
                   "text; bytecode, MLIR's binary form; up to stage fuse: html, a page to look "
                   "through the graph in a browser, dot (for Graphviz) or svg, a picture of it")
      ->type_name("FORMAT")
      ->capture_default_str();
  command->add_flag("--locations", options->locations,
                    "each op with its module path and the source line that recorded it");
  command->add_option("--before", options->before, "prints what these passes find")
      ->type_name("PASS")
      ->allow_extra_args(false);
  command->add_option("--after", options->after, "prints what these passes leave")
      ->type_name("PASS")
      ->allow_extra_args(false);
  command->add_flag("--print-changed", options->print_changed,
                    "prints after passes that change something, of --after where it is given");
  command->add_flag("--timing", options->timing, "prints how long each pass takes");
  add_matmul_precision_option(*command, options->matmul_precision);
  add_output_option(*command, options->output);
  add_json_flag(*command, options->json);
  command->footer(kStages);
  command->callback([options, &exit_code] { exit_code = report(dump(*options)); });
}

}  // namespace etch::tools
