#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <memory>

#include "etch/runtime/status.h"
#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/model_library.h"

namespace etch::tools {
namespace {

const char kNotes[] =
    "A library of yours has models where it registers them, each with one line:\n"
    "\n"
    "  #include <etch/etch.h>\n"
    "  struct Mlp : etch::nn::Module { ... };\n"
    "  ETCH_REGISTER_MODEL(Mlp, [] { return etch::nn::make<Mlp>(256); },\n"
    "                      {.inputs = {etch::spec(etch::f32, {64, 784}, \"x\")}});\n"
    "\n"
    "  $ clang++-22 -std=c++20 -shared -fPIC mine.cc -o libmine.so -letch -letch_runtime\n"
    "  $ etch models ./libmine.so\n"
    "  $ etch run ./libmine.so:Mlp\n"
    "\n"
    "Loading a library runs its code. etch/nn/register_model.h tells more.\n"
    "\n"
    "JSON: [{\"name\", \"description\", \"source\", \"programs\": [{\"name\", \"inputs\": "
    "[{\"name\",\n"
    "\"dtype\", \"shape\"}]}]}]; programs are those of libraries only, which are made to be "
    "asked.\n";

struct Options {
  std::vector<std::string> libraries;
  bool json = false;
};

absl::StatusOr<llvm::json::Value> programs_of(const nn::RegisteredModel& model) {
  llvm::json::Array programs;
  try {
    for (const nn::ModelProgram& program : model.make()) {
      llvm::json::Array inputs;
      for (const TensorSpec& input : program.inputs)
        inputs.push_back(json_of(
            runtime::ValueInfo{.name = input.name, .dtype = input.dtype, .shape = input.shape}));
      programs.push_back(llvm::json::Object{{"name", program.name}, {"inputs", std::move(inputs)}});
    }
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError("model " + model.name + ": " + error.what());
  }
  return programs;
}

absl::Status list_models(const Options& options) {
  std::vector<std::pair<std::string, nn::RegisteredModel>> models;
  if (options.libraries.empty())
    for (const nn::RegisteredModel& model : builtin_models()) models.push_back({"", model});
  for (const std::string& library : options.libraries) {
    ETCH_ASSIGN_OR_RETURN(std::vector<nn::RegisteredModel> own, load_model_library(library));
    for (nn::RegisteredModel& model : own) models.push_back({library + ":", std::move(model)});
  }
  if (options.json) {
    llvm::json::Array all;
    for (const auto& [library, model] : models) {
      llvm::json::Object object{{"name", library + model.name},
                                {"description", model.description},
                                {"source", model.source}};
      if (!library.empty()) {
        ETCH_ASSIGN_OR_RETURN(llvm::json::Value programs, programs_of(model));
        object["programs"] = std::move(programs);
      }
      all.push_back(std::move(object));
    }
    std::cout << json_text(std::move(all));
    return absl::OkStatus();
  }
  size_t width = 13;
  for (const auto& [library, model] : models)
    width = std::max(width, library.size() + model.name.size());
  for (const auto& [library, model] : models)
    std::cout << std::left << std::setw(static_cast<int>(width) + 1) << library + model.name
              << (model.description.empty() ? model.source : model.description) << '\n';
  if (options.libraries.empty())
    std::cout << "\nEach has the programs predict train_step: `etch dump MODEL "
                 "--program=train_step`.\n";
  return absl::OkStatus();
}

}  // namespace

void add_models_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("models", "Lists the built-in models, or those of libraries of yours");
  auto options = std::make_shared<Options>();
  command->add_option("LIBRARY", options->libraries, "a shared library that registers models");
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report(list_models(*options)); });
}

}  // namespace etch::tools
