#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>

#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {

void add_models_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("models", "Lists the built-in models and their programs");
  command->callback([&exit_code] {
    for (const BuiltinModel& model : builtin_models()) {
      std::cout << std::left << std::setw(14) << model.name << model.description << '\n';
    }
    std::cout << "\nEach has the programs";
    for (const std::string& program : builtin_programs()) std::cout << ' ' << program;
    std::cout << ": `etch dump MODEL --program=train_step`.\n";
    exit_code = 0;
  });
}

}  // namespace etch::tools
