#include "etch/tools/etch/bundle_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {

void add_compile_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "compile", "Writes a model's programs as native code, with its state, to one file");
  auto options = std::make_shared<CompileBundleOptions>();
  add_model_option(*command, options->model);
  command->add_option("-o,--output", options->output, "file to write, by custom *.etch")
      ->required();
  command->add_option("--program", options->programs,
                      "predict or train_step; may come several times (default: both)");
  command->add_option("--target", options->targets,
                      "native, or a level of the x86-64 ABI: x86-64, x86-64-v2, x86-64-v3 (AVX2), "
                      "x86-64-v4 (AVX-512); may come several times: the file then has code for "
                      "each, and the best that a processor runs is taken (default: native)");
  command->add_option("--target-features", options->target_features,
                      "processor features to do without: -avx512f for machines that have AVX2, "
                      "-avx512f,-avx for any x86-64");
  add_matmul_precision_option(*command, options->matmul_precision);
  command->callback([options, &exit_code] { exit_code = report(compile_bundle(*options)); });
}

void add_inspect_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("inspect", "Shows the programs of a bundle, its state, and what it needs");
  auto options = std::make_shared<InspectOptions>();
  command->add_option("FILE", options->bundle, "a file that `etch compile` has written")
      ->required();
  command->add_flag("--json", options->json, "prints the manifest as it stands in the file");
  command->callback([options, &exit_code] { exit_code = report(inspect_bundle(*options)); });
}

void add_run_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", "Runs a program of a bundle, without the compiler");
  auto options = std::make_shared<RunOptions>();
  command->add_option("FILE", options->bundle, "a file that `etch compile` has written")
      ->required();
  add_program_option(*command, options->program);
  add_input_options(*command, options->inputs, options->seed);
  command->add_option("--output", options->outputs,
                      "NAME=FILE.npy writes a result to a file (default: results are printed)");
  command->add_option("--steps", options->steps, "runs, one after the other; the last is shown")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command->add_option("--save", options->save, "writes the bundle with the state afterwards");
  command->callback([options, &exit_code] { exit_code = report(run_bundle(*options)); });
}

}  // namespace etch::tools
