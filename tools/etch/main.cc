// `etch`: looks into what Etch makes of a model, makes bundles and runs them.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"

int main(int argc, char** argv) {
  CLI::App app(
      "Shows what Etch makes of a neural network, from the traced program to machine code, and\n"
      "makes files of it that run without the compiler.\n"
      "\n"
      "  etch models                                      the models to look at\n"
      "  etch dump mlp                                    a model's program as it was traced\n"
      "  etch dump tinygpt --stage=fuse --filter='path:h.0.*'  a stage of it, for one module\n"
      "  etch dump mlp --format=svg -o mlp.svg            the same as a picture\n"
      "  etch compile mlp -o mlp.etch                     native code and weights in one file\n"
      "  etch inspect mlp.etch                            its programs and its state\n"
      "  etch run mlp.etch --input x=@digits.npy          a program of it\n"
      "  etch profile resnet18 --threads=1                where its time goes\n"
      "  etch tune resnet18                               faster tiles for its products\n",
      "etch");
  app.set_version_flag("--version", "etch " ETCH_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  app.footer(
      "`etch COMMAND --help` explains a command.\n"
      "Exit codes: 0 done, 1 failed (the message says why), 2 wrong command line.");

  int exit_code = 0;
  etch::tools::add_models_command(app, exit_code);
  etch::tools::add_dump_command(app, exit_code);
  etch::tools::add_compile_command(app, exit_code);
  etch::tools::add_inspect_command(app, exit_code);
  etch::tools::add_run_command(app, exit_code);
  etch::tools::add_profile_command(app, exit_code);
  etch::tools::add_tune_command(app, exit_code);
  if (argc == 1) {
    std::cout << app.help();
    return etch::tools::kExitUsage;
  }
  // CLI11 would only say that a subcommand is required.
  std::string command = argv[1];
  std::vector<std::string> commands;
  for (CLI::App* subcommand : app.get_subcommands({})) commands.push_back(subcommand->get_name());
  if (!command.starts_with("-") &&
      std::find(commands.begin(), commands.end(), command) == commands.end()) {
    return etch::tools::report(absl::NotFoundError(
        etch::tools::unknown_name_message("command", "commands", command, commands)));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : etch::tools::kExitUsage;
  }
  return exit_code;
}
