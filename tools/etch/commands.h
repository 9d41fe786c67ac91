// The subcommands of `etch`, a file each. Each adds itself to the command line and, when it was
// chosen, does its work and sets `exit_code`.
//
// Exit codes: 0 done; 1 the work failed (a file, a model that does not compile); 2 the command line
// is wrong. Messages go to standard error, results to standard output.
#ifndef ETCH_TOOLS_ETCH_COMMANDS_H_
#define ETCH_TOOLS_ETCH_COMMANDS_H_

#include <string>

#include "absl/status/status.h"

namespace CLI {
class App;
}

namespace etch::tools {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

void add_models_command(CLI::App& app, int& exit_code);
void add_dump_command(CLI::App& app, int& exit_code);
void add_compile_command(CLI::App& app, int& exit_code);
void add_inspect_command(CLI::App& app, int& exit_code);
void add_run_command(CLI::App& app, int& exit_code);
void add_profile_command(CLI::App& app, int& exit_code);
void add_tune_command(CLI::App& app, int& exit_code);

// Prints "etch: <message>" to standard error and gives the exit code of `status`: kExitUsage for
// NOT_FOUND of a name on the command line, else kExitFailed; 0 when OK.
int report(const absl::Status& status);

// `status` of work on a file, which is no wrong name on the command line where NOT_FOUND.
absl::Status of_file(const absl::Status& status);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_COMMANDS_H_
