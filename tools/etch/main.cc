// `etch`: looks into what Etch makes of a model, makes bundles and runs them.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "etch/frontend/error.h"
#include "etch/frontend/version.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/manual.h"

namespace {

// NOT_FOUND where a command, or a command of a command, has a wrong name: CLI11 would only say that
// a subcommand is required.
absl::Status check_commands(const CLI::App& app, char** word, char** end) {
  std::vector<std::string> names;
  for (const CLI::App* visible : etch::tools::visible_commands(app))
    names.push_back(visible->get_name());
  if (names.empty() || word == end || **word == '-') return absl::OkStatus();
  std::vector<const CLI::App*> commands = app.get_subcommands([](const CLI::App*) { return true; });
  auto is_named = [&](const CLI::App* one) { return one->get_name() == *word; };
  auto found = std::ranges::find_if(commands, is_named);
  if (found != commands.end()) return check_commands(**found, word + 1, end);
  bool top = app.get_parent() == nullptr;
  std::string kind = top ? "command" : "command of " + app.get_name();
  return absl::NotFoundError(etch::tools::unknown_name_message(kind, "commands", *word, names));
}

int run_command_line(int argc, char** argv) {
  CLI::App app(
      "Shows what Etch makes of a neural network, from the traced program to machine code, "
      "measures "
      "it, and makes files of it that run without the compiler.",
      "etch");
  app.formatter(std::make_shared<etch::tools::ManualPage>());
  app.set_version_flag("--version", std::string("etch ") + etch::kVersion,
                       "Print the version and exit");
  app.require_subcommand(1);
  app.footer(
      "etch models                                      the models to look at\n"
      "etch dump mlp                                    a model's program as it was traced\n"
      "etch dump tinygpt --stage=fuse --filter='h.0.*'  a stage of it, for one module\n"
      "etch dump mlp --format=svg -o mlp.svg            the same as a picture\n"
      "etch dump mlp --print-changed                    what each pass of the compiler changes\n"
      "etch trace mlp -o mlp.mlirbc                     the program in a file\n"
      "etch compile mlp -o mlp.etch                     native code and weights in one file\n"
      "etch inspect mlp.etch                            its programs and its state\n"
      "etch run mlp.etch --input x=@digits.npy          a program of it\n"
      "etch bench mlp.etch --threads=1                  how long it takes\n"
      "etch profile resnet18 --threads=1                where its time goes\n"
      "etch tune resnet18                               faster tiles for its products\n"
      "etch diff before.etch after.etch                 what training has changed\n"
      "etch bisect mlp --matmul-precision=bf16          the first module that differs\n"
      "etch cache size                                  what is kept on disk\n");

  int exit_code = 0;
  etch::tools::add_models_command(app, exit_code);
  etch::tools::add_trace_command(app, exit_code);
  etch::tools::add_dump_command(app, exit_code);
  etch::tools::add_compile_command(app, exit_code);
  etch::tools::add_inspect_command(app, exit_code);
  etch::tools::add_run_command(app, exit_code);
  etch::tools::add_bench_command(app, exit_code);
  etch::tools::add_profile_command(app, exit_code);
  etch::tools::add_tune_command(app, exit_code);
  etch::tools::add_diff_command(app, exit_code);
  etch::tools::add_bisect_command(app, exit_code);
  etch::tools::add_cache_command(app, exit_code);
  etch::tools::add_completion_command(app, exit_code);
  etch::tools::add_manual_command(app, exit_code);
  if (argc == 1) {
    std::cout << app.help();
    return etch::tools::kExitUsage;
  }
  if (absl::Status known = check_commands(app, argv + 1, argv + argc); !known.ok())
    return etch::tools::report(known);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : etch::tools::kExitUsage;
  }
  return exit_code;
}

// Commands answer what they expect with a status. What is left, a value that memory has no room for
// in the middle of the work, is a failure with a message all the same.
int run_guarded(int argc, char** argv) {
  try {
    return run_command_line(argc, argv);
  } catch (const etch::Error& error) {
    return etch::tools::report(absl::InternalError(error.what()));
  } catch (const std::bad_alloc&) {
    return etch::tools::report(absl::ResourceExhaustedError("there is not enough memory"));
  } catch (const std::length_error&) {
    return etch::tools::report(absl::ResourceExhaustedError("there is not enough memory"));
  }
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = run_guarded(argc, argv);
  // A full disk shows itself here at the latest.
  std::cout.flush();
  if (std::cout) return exit_code;
  return etch::tools::report(absl::UnavailableError("cannot write standard output"));
}
