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
    "           measured in the same run). Above 100 %: data came from a nearer cache than the "
    "peak\n"
    "           was measured in, or, with bf16 factors on a processor that multiplies pairs of\n"
    "           them, products were faster than the f32 ones that the compute peak stands for\n"
    "\n"
    "JSON: {\"model\", \"program\", \"threads\", \"runs\", \"run_ms\", \"median_run_ms\", "
    "\"kernels_ms\",\n"
    "\"memory_bytes\", \"peak_gflops\", \"peak_gbytes\", \"kernels\": [{\"kernel\", \"path\", "
    "\"prepares\":\n"
    "bool, of weights, \"launches\" of a run, \"calls\" of all runs, and of these "
    "\"nanoseconds\",\n"
    "\"operations\", \"bytes\", \"gflops\", \"gbytes\", \"share_of_peak\", \"bound\"}]}.\n";

}  // namespace

void add_profile_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "profile", "Measures the kernels of a program: their time, their rate, and what bounds them");
  auto options = std::make_shared<ProfileOptions>();
  add_request_options(*command, options->request);
  add_code_options(*command, options->code);
  add_threads_option(*command, options->threads);
  command->add_option("--runs", options->runs, "measured runs, after one that is not")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  add_json_flag(*command, options->json);
  command
      ->add_option("--html", options->html,
                   "writes a page that has the times at the ops of the graph, as `etch dump "
                   "--format=html` shows it (not of bundles, which hold no graph)")
      ->type_name("FILE");
  command
      ->add_option("--trace", options->trace,
                   "writes a timeline of two more runs, by thread, as ui.perfetto.dev and "
                   "chrome://tracing open it")
      ->type_name("FILE");
  add_output_option(*command, options->output);
  command->footer(kColumns);
  command->callback([options, &exit_code] { exit_code = report(profile(*options)); });
}

}  // namespace etch::tools
