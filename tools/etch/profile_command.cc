#include <CLI/CLI.hpp>
#include <memory>

#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/profile.h"

namespace etch::tools {
namespace {

const char kColumns[] =
    "Columns, of one run (the mean of all):\n"
    "  share    of the time in kernels\n"
    "  GFLOP/s  operations of the kernel's ops, a multiply-add as two: each product that stands "
    "for\n"
    "           an f32 one (bf16x3, bf16x6) and what two kernels compute counts; padding and what\n"
    "           a schedule does twice within a kernel do not\n"
    "  GB/s     bytes that the kernel reads and writes, each once\n"
    "  peak     of what bounds it, compute or memory (the larger share; the machine's peaks are\n"
    "           measured in the same run; above 100 %: data came from a nearer cache)\n";

}  // namespace

void add_profile_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "profile", "Measures the kernels of a program: their time, their rate, and what bounds them");
  auto options = std::make_shared<ProfileOptions>();
  add_model_option(*command, options->model, ", or a bundle in a file *.etch");
  add_program_option(*command, options->program);
  add_input_options(*command, options->inputs, options->seed);
  add_threads_option(*command, options->threads);
  add_matmul_precision_option(*command, options->matmul_precision);
  command->add_option("--runs", options->runs, "measured runs, after one that is not")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command->add_flag("--json", options->json, "figures for programs");
  command->add_option("--html", options->html,
                      "writes a page that has the times at the ops of the graph, as `etch dump "
                      "--format=html` shows it (not of bundles, which hold no graph)");
  command->add_option("--trace", options->trace,
                      "writes a timeline of two more runs, by thread, as ui.perfetto.dev and "
                      "chrome://tracing open it");
  add_output_option(*command, options->output);
  command->footer(kColumns);
  command->callback([options, &exit_code] { exit_code = report(profile(*options)); });
}

}  // namespace etch::tools
