#include <CLI/CLI.hpp>
#include <memory>

#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/profile.h"
#include "etch/tools/etch/program_inputs.h"

namespace etch::tools {
namespace {

const char kColumns[] =
    "Columns, of one run:\n"
    "  share    of the time in kernels\n"
    "  GFLOP/s  operations that the program asks for, a multiply-add as two; padding and work "
    "that\n"
    "           a schedule does twice are not counted\n"
    "  GB/s     bytes that the kernel reads and writes, each once\n"
    "  peak     of what bounds it, compute or memory (the larger share; the machine's peaks are\n"
    "           measured in the same run; above 100 %: data came from a nearer cache)\n";

}  // namespace

void add_profile_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "profile", "Measures the kernels of a program: their time, their rate, and what bounds them");
  auto options = std::make_shared<ProfileOptions>();
  command
      ->add_option("MODEL", options->model,
                   "a built-in model (see `etch models`), or a bundle in a file *.etch")
      ->required();
  command->add_option("--program", options->program,
                      "which one, such as train_step (default: the first)");
  command->add_option("--input", options->inputs, kInputHelp);
  command->add_option("--seed", options->seed, "of random inputs")->capture_default_str();
  command->add_option("--threads", options->threads, "that work on a run (default: one per core)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--runs", options->runs, "measured runs, after one that is not")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command->add_flag("--json", options->json, "figures for programs");
  command->add_option("--trace", options->trace,
                      "writes a timeline of two more runs, by thread, as ui.perfetto.dev and "
                      "chrome://tracing open it");
  command->add_option("-o,--output", options->output, "file to write (default: standard output)");
  command->footer(kColumns);
  command->callback([options, &exit_code] { exit_code = report(profile(*options)); });
}

}  // namespace etch::tools
