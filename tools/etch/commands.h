// The subcommands of `etch`, a file each. Each adds itself to the command line and, when it was
// chosen, does its work and sets `exit_code`. Messages go to standard error, results to standard
// output.
#ifndef ETCH_TOOLS_ETCH_COMMANDS_H_
#define ETCH_TOOLS_ETCH_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace CLI {
class App;
}

namespace etch::tools {

inline constexpr int kExitFailed = 1;   // the work failed: a file, a model that does not compile
inline constexpr int kExitUsage = 2;    // the command line is wrong
inline constexpr int kExitDiffers = 3;  // diff and bisect: done, and there is a difference

void add_models_command(CLI::App& app, int& exit_code);
void add_trace_command(CLI::App& app, int& exit_code);
void add_dump_command(CLI::App& app, int& exit_code);
void add_compile_command(CLI::App& app, int& exit_code);
void add_inspect_command(CLI::App& app, int& exit_code);
void add_run_command(CLI::App& app, int& exit_code);
void add_bench_command(CLI::App& app, int& exit_code);
void add_profile_command(CLI::App& app, int& exit_code);
void add_tune_command(CLI::App& app, int& exit_code);
void add_diff_command(CLI::App& app, int& exit_code);
void add_bisect_command(CLI::App& app, int& exit_code);
void add_cache_command(CLI::App& app, int& exit_code);
// Those below write about the others: the last to be added.
void add_completion_command(CLI::App& app, int& exit_code);
void add_manual_command(CLI::App& app, int& exit_code);

// Prints "etch: <message>" to standard error and gives the exit code of `status`: kExitUsage for
// NOT_FOUND of a name on the command line, else kExitFailed; 0 when OK.
int report(const absl::Status& status);
// The same for work that finds a difference, kExitDiffers, or finds none, 0.
int report_found(const absl::StatusOr<bool>& found);

// Prints "etch: warning: <message>" to standard error.
void print_warning(const std::string& warning);

// `status` of work on a file, which is no wrong name on the command line where NOT_FOUND.
absl::Status of_file(const absl::Status& status);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_COMMANDS_H_
