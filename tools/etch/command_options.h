// Options that several subcommands take, each in one place: its name, its help, what it refuses.
#ifndef ETCH_TOOLS_ETCH_COMMAND_OPTIONS_H_
#define ETCH_TOOLS_ETCH_COMMAND_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/frontend/options.h"

namespace CLI {
class App;
}

namespace etch::tools {

// MODEL, required: a built-in model, or what `or_else` says (", or a bundle in a file *.etch").
void add_model_option(CLI::App& command, std::string& model, const std::string& or_else = "");
// A program of a built-in model; its default is what `program` is.
void add_builtin_program_option(CLI::App& command, std::string& program);
// A program of what has names of its own: empty for the first.
void add_program_option(CLI::App& command, std::string& program);
// --input, and the --seed of random ones.
void add_input_options(CLI::App& command, std::vector<std::string>& inputs, uint64_t& seed);
void add_seed_option(CLI::App& command, uint64_t& seed, const std::string& what);
// Where 0 is the default it stands for one per core.
void add_threads_option(CLI::App& command, int& threads);
void add_matmul_precision_option(CLI::App& command, std::string& name);
// -o, --output; empty: standard output.
void add_output_option(CLI::App& command, std::string& output);

// Of a name that the option above lets through.
MatmulPrecision matmul_precision_of(const std::string& name);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_COMMAND_OPTIONS_H_
