// Options that several subcommands take, each in one place: its name, its help, what it refuses.
#ifndef ETCH_TOOLS_ETCH_COMMAND_OPTIONS_H_
#define ETCH_TOOLS_ETCH_COMMAND_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "etch/frontend/options.h"
#include "etch/tools/etch/model_name.h"
#include "etch/tools/etch/model_source.h"
#include "etch/tools/etch/runner.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace etch::tools {

// MODEL, required, with what `help` says of it (model_name.h).
void add_model_option(CLI::App& command, std::string& model, const std::string& help = kModelHelp);
// --program: empty for the first.
void add_program_option(CLI::App& command, std::string& program);
// MODEL, --program, --input, --seed and --state.
void add_request_options(CLI::App& command, ModelRequest& request,
                         const std::string& help = kModelHelp);
// --input of what is traced and not run: shapes alone matter.
void add_input_option(CLI::App& command, std::vector<std::string>& inputs);
void add_state_option(CLI::App& command, std::string& state);
void add_seed_option(CLI::App& command, uint64_t& seed, const std::string& what);
// Refuses what is no number, and negative ones, in few words: CLI11's own names the range of
// double.
CLI::Validator not_negative();
// Where 0 is the default it stands for ETCH_NUM_THREADS, or one per core.
void add_threads_option(CLI::App& command, int& threads);
// --matmul-precision and --target-features.
void add_code_options(CLI::App& command, CodeOptions& options);
void add_matmul_precision_option(CLI::App& command, std::string& name);
void add_target_features_option(CLI::App& command, std::string& features);
// --target, once.
void add_single_target_option(CLI::App& command, std::string& target);
void add_json_flag(CLI::App& command, bool& json);
// -o, --output; empty: standard output.
void add_output_option(CLI::App& command, std::string& output);

const std::vector<std::string>& matmul_precisions();
// Of a name that the option above lets through.
MatmulPrecision matmul_precision_of(const std::string& name);

// NOT_FOUND for a target that there is not, with those that there are.
absl::Status check_target_name(const std::string& target);
// NOT_FOUND for features that the target has not.
absl::Status check_target_features(const std::string& target, const std::string& features);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_COMMAND_OPTIONS_H_
