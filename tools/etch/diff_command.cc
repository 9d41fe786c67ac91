#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/command_options.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/diff.h"
#include "etch/tools/etch/figures.h"
#include "etch/tools/etch/json_text.h"
#include "etch/tools/etch/terminal.h"

namespace etch::tools {
namespace {

const char kNotes[] =
    "Compares signatures, what each module computes (ops with their attributes and types; of\n"
    "bundles, kernels), and the values of the state. Lines with - are of A, those with + of B.\n"
    "Differences of values are relative, as for bisect. Two models with one program each are\n"
    "compared whatever these are called.\n"
    "\n"
    "JSON: {\"equal\", \"programs\": [{\"name\", \"a\", \"b\"}] that one side has alone, "
    "\"changed\":\n"
    "[{\"program\", \"signature\": [{\"what\", \"a\", \"b\"}], \"modules\": [{\"path\", "
    "\"removed\": [op],\n"
    "\"added\": [op]}], \"rewired\": bool}], \"state\": [{\"name\", \"a\", \"b\" types where they "
    "differ,\n"
    "\"relative\", \"largest\"}]}.\n";

struct Options {
  ModelRequest a, b;
  std::string program;
  double tolerance = 0;
  bool all = false;
  bool json = false;
};

constexpr size_t kShown = 20;  // lines of a kind, without --all

class Writer {
 public:
  explicit Writer(bool all) : most_(all ? ~size_t{0} : kShown) {}

  void write(const ModelDiff& diff) {
    for (const Change& change : diff.programs)
      change.a.empty() ? added("program " + change.b) : removed("program " + change.a);
    for (const ProgramDiff& program : diff.common) write(program);
    if (!diff.state.empty()) {
      std::cout << "state: " << diff.state.size() << " of " << diff.state_values
                << " values differ\n";
      limited(diff.state, [&](const StateDiff& value) { write(value); });
    }
    if (diff.equal()) std::cout << coloured("no difference", Colour::kGreen) << '\n';
  }

 private:
  void removed(const std::string& text) {
    std::cout << coloured("  - " + text, Colour::kRed) << '\n';
  }
  void added(const std::string& text) {
    std::cout << coloured("  + " + text, Colour::kGreen) << '\n';
  }
  template <typename List, typename Fn>
  void limited(const List& list, Fn write_one) {
    for (size_t i = 0; i < std::min(most_, list.size()); ++i) write_one(list[i]);
    if (list.size() > most_)
      std::cout << "  ... and " << list.size() - most_ << " more (--all shows them)\n";
  }
  void write(const ProgramDiff& program) {
    std::cout << "program " << coloured(program.name, Colour::kBold) << '\n';
    limited(program.signature, [&](const Change& change) {
      if (!change.a.empty()) removed(change.what + " " + change.a);
      if (!change.b.empty()) added(change.what + " " + change.b);
    });
    limited(program.modules, [&](const ProgramDiff::Module& module) {
      std::cout << " module " << (module.path.empty() ? "(top level)" : module.path) << '\n';
      limited(module.removed, [&](const std::string& op) { removed(op); });
      limited(module.added, [&](const std::string& op) { added(op); });
    });
    if (program.rewired) std::cout << "  the same ops, on other operands or in another order\n";
  }
  void write(const StateDiff& value) {
    if (value.a != value.b) {
      if (!value.a.empty()) removed(value.name + " " + value.a);
      if (!value.b.empty()) added(value.name + " " + value.b);
      return;
    }
    std::cout << absl::StrFormat("  %s: relative difference %.3g, largest %.3g\n", value.name,
                                 value.difference.relative, value.difference.largest);
  }

  const size_t most_;
};

llvm::json::Value json_of_diff(const ModelDiff& diff) {
  llvm::json::Array programs, changed, state;
  for (const Change& change : diff.programs)
    programs.push_back(llvm::json::Object{{"name", change.what}, {"a", change.a}, {"b", change.b}});
  for (const ProgramDiff& program : diff.common) {
    llvm::json::Array signature, modules;
    for (const Change& change : program.signature)
      signature.push_back(
          llvm::json::Object{{"what", change.what}, {"a", change.a}, {"b", change.b}});
    for (const ProgramDiff::Module& module : program.modules)
      modules.push_back(llvm::json::Object{{"path", module.path},
                                           {"removed", llvm::json::Array(module.removed)},
                                           {"added", llvm::json::Array(module.added)}});
    changed.push_back(llvm::json::Object{{"program", program.name},
                                         {"signature", std::move(signature)},
                                         {"modules", std::move(modules)},
                                         {"rewired", program.rewired}});
  }
  for (const StateDiff& value : diff.state)
    state.push_back(llvm::json::Object{{"name", value.name},
                                       {"a", value.a},
                                       {"b", value.b},
                                       {"relative", json_number(value.difference.relative)},
                                       {"largest", json_number(value.difference.largest)}});
  return llvm::json::Object{{"equal", diff.equal()},
                            {"programs", std::move(programs)},
                            {"changed", std::move(changed)},
                            {"state", std::move(state)}};
}

absl::StatusOr<bool> run_diff(Options options) {
  auto is_bundle = [](const ModelRequest& request) {
    return parse_model_name(request.model).kind == ModelKind::kBundle;
  };
  if (is_bundle(options.a) != is_bundle(options.b))
    return absl::NotFoundError("a bundle, which has kernels, is compared with a bundle only");
  options.a.program = options.b.program = options.program;
  ETCH_ASSIGN_OR_RETURN(DiffModel a, describe_model(options.a));
  ETCH_ASSIGN_OR_RETURN(DiffModel b, describe_model(options.b));
  ModelDiff diff = compare_models(a, b, options.tolerance);
  if (options.json)
    std::cout << json_text(json_of_diff(diff));
  else
    Writer(options.all).write(diff);
  return !diff.equal();
}

}  // namespace

void add_diff_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "diff", "Tells in what two models differ: signatures, modules, values of the state");
  auto options = std::make_shared<Options>();
  command->add_option("A", options->a.model, kModelHelp)->required();
  command->add_option("B", options->b.model, "as A; a bundle where A is one")->required();
  command->add_option("--program", options->program, "only this one (default: all)")
      ->type_name("NAME");
  command->add_option("--tolerance", options->tolerance, "relative difference that is none")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  command->add_flag("--all", options->all, "shows all lines of a kind, not the first 20");
  add_json_flag(*command, options->json);
  command->footer(kNotes);
  command->callback([options, &exit_code] { exit_code = report_found(run_diff(*options)); });
}

}  // namespace etch::tools
