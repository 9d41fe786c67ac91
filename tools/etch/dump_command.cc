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
    "  asm        the machine code, as assembly\n";

}  // namespace

void add_dump_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "dump", "Prints a model's program after a stage of compilation, as text or as a picture");
  auto options = std::make_shared<DumpOptions>();
  add_model_option(*command, options->model, ", or a traced program in a file *.mlir");
  add_builtin_program_option(*command, options->program);
  command->add_option("--stage", options->stage, "stage to stop after, see below")
      ->capture_default_str();
  command
      ->add_option("--filter", options->filter,
                   "only what modules of this path computed; * stands for any characters: "
                   "--filter='path:h.0.*'")
      ->transform([](std::string filter) {
        // `path:` says what is filtered by; there is nothing else yet.
        constexpr std::string_view kPath = "path:";
        if (filter.starts_with(kPath)) filter.erase(0, kPath.size());
        return filter;
      });
  command
      ->add_option(
          "--format", options->format,
          "text; up to stage fuse: html, a page to look through the graph in a browser, dot "
          "(for Graphviz) or svg, a picture of it")
      ->capture_default_str();
  command->add_flag("--locations", options->locations,
                    "each op with its module path and the source line that recorded it");
  add_matmul_precision_option(*command, options->matmul_precision);
  add_output_option(*command, options->output);
  command->footer(kStages);
  command->callback([options, &exit_code] { exit_code = report(dump(*options)); });
}

}  // namespace etch::tools
