#include <CLI/CLI.hpp>
#include <memory>

#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/tune.h"

namespace etch::tools {

void add_tune_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "tune", "Measures other tiles for a program's products, and keeps those that are faster");
  auto options = std::make_shared<TuneOptions>();
  add_model_option(*command, options->request.model, kTracedModelHelp);
  add_program_option(*command, options->request.program);
  add_input_option(*command, options->request.inputs);
  add_threads_option(*command, options->threads);
  add_matmul_precision_option(*command, options->matmul_precision);
  command
      ->add_option("--seconds", options->seconds,
                   "for measuring, unless 101 rounds of all candidates are done before; their "
                   "compilation comes on top, and five rounds are the least")
      ->type_name("S")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  command
      ->add_option("--margin", options->margin,
                   "by which a choice must be faster than the cost model's, as a part of 1")
      ->type_name("PART")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.9));
  add_seed_option(*command, options->request.seed, "of the values that are computed on");
  command->add_flag("--dry-run", options->dry_run, "keeps nothing");
  add_json_flag(*command, options->json);
  add_output_option(*command, options->output);
  command->footer(
      "Choices are kept beside the object cache (ETCH_CACHE_DIR), for the same kernels on this\n"
      "processor with this build of Etch. Results change by rounding only, where sums are cut\n"
      "differently; each candidate is compared with the standard before it may win. `etch cache`\n"
      "lists what is kept, and drops it.\n"
      "\n"
      "JSON: {\"model\", \"program\", \"threads\", \"standard_ms\", \"tuned_ms\", \"kept\": bool,\n"
      "\"earlier_choices\", \"kernels\": [{\"kernel\", \"standard\", \"standard_ms\", \"best\", "
      "\"best_ms\",\n"
      "\"candidates\"}]}.\n");
  command->callback([options, &exit_code] { exit_code = report(tune(*options)); });
}

}  // namespace etch::tools
