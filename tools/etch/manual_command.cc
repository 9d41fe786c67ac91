#include <iostream>
#include <memory>

#include "etch/codegen/compiler.h"
#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/dump.h"
#include "etch/tools/etch/manual.h"

namespace etch::tools {
namespace {

OptionValues option_values() {
  std::vector<std::string> models;
  for (const nn::RegisteredModel& model : builtin_models()) models.push_back(model.name);
  return {{"", models},
          {"--stage", codegen::stageNames()},
          {"--format", dump_formats()},
          {"--matmul-precision", matmul_precisions()},
          {"--target", codegen::Target::names()}};
}

absl::Status print_completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash")
    std::cout << bash_completion(app, option_values());
  else if (shell == "zsh")
    std::cout << zsh_completion(app, option_values());
  else if (shell == "fish")
    std::cout << fish_completion(app, option_values());
  else
    return absl::NotFoundError(
        unknown_name_message("completion for the shell", "shells", shell,
                             std::vector<std::string>{"bash", "zsh", "fish"}));
  return absl::OkStatus();
}

}  // namespace

void add_completion_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("completion", "Prints a script that makes a shell complete command lines");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required();
  command->footer(
      "  source <(etch completion bash)                                # in ~/.bashrc\n"
      "  etch completion zsh > ~/.zfunc/_etch                          # a folder of $fpath\n"
      "  etch completion fish > ~/.config/fish/completions/etch.fish\n");
  command->callback(
      [&app, shell, &exit_code] { exit_code = report(print_completion(app, *shell)); });
}

void add_manual_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("manual", "Prints the pages of all commands as Markdown");
  command->group("");  // docs/reference/cli.md is what it is for
  command->callback([&app, &exit_code] {
    std::cout << manual_of(app);
    exit_code = 0;
  });
}

}  // namespace etch::tools
