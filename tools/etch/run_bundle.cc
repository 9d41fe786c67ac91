#include <charconv>
#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "etch/etch.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/bundle_commands.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {
namespace {

using runtime::CompiledProgram;
using runtime::Model;
using runtime::ValueInfo;
using runtime::ValueKind;

using Assignments = std::map<std::string, std::string>;

// "NAME=VALUE" each, with names of `infos` of this kind.
absl::StatusOr<Assignments> parse_assignments(const std::vector<std::string>& texts,
                                              const std::vector<ValueInfo>& infos, ValueKind kind,
                                              const char* singular, const char* plural) {
  std::vector<std::string> names;
  for (const ValueInfo& info : infos)
    if (info.kind == kind) names.push_back(info.name);
  Assignments assignments;
  for (const std::string& text : texts) {
    size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    if (equals == text.npos || equals + 1 == text.size())
      return absl::NotFoundError(absl::StrCat("--", singular, "=", text, " is not NAME=VALUE"));
    if (std::find(names.begin(), names.end(), name) == names.end())
      return absl::NotFoundError(unknown_name_message(singular, plural, name, names));
    assignments[name] = text.substr(equals + 1);
  }
  return assignments;
}

absl::StatusOr<Tensor> make_input(const ValueInfo& info, const std::string& value) {
  if (value.starts_with('@')) {
    auto tensor = load_npy(value.substr(1));
    if (!tensor.ok()) return of_file(tensor.status());
    return tensor;
  }
  if (value == "zeros") return zeros(info.shape, info.dtype);
  if (value == "ones") return ones(info.shape, info.dtype);
  if (value == "random" && is_floating(info.dtype)) return randn(info.shape).to(info.dtype);
  constexpr std::string_view kBelow = "random:";
  int64_t limit = 0;
  const char* end = value.data() + value.size();
  if (value.starts_with(kBelow) &&
      std::from_chars(value.data() + kBelow.size(), end, limit).ptr == end && limit > 0)
    return randint(0, limit, info.shape).to(info.dtype);
  return absl::NotFoundError(
      absl::StrCat("--input ", info.name, "=", value, ": a value is @FILE.npy, zeros, ones, ",
                   is_floating(info.dtype) ? "random, or random:N" : "or random:N",
                   " for whole numbers below N"));
}

class Run {
 public:
  Run(const RunOptions& options, Model model, const CompiledProgram& program)
      : options_(options), model_(std::move(model)), program_(program) {}

  absl::Status run() {
    ETCH_RETURN_IF_ERROR(make_inputs());
    ETCH_ASSIGN_OR_RETURN(files_, parse_assignments(options_.outputs, program_.results,
                                                    ValueKind::kResult, "output", "outputs"));
    std::vector<runtime::NamedOutput> outputs;
    for (const ValueInfo& info : program_.results) {
      if (info.kind != ValueKind::kResult) continue;
      ETCH_ASSIGN_OR_RETURN(auto storage, runtime::Storage::allocate(info.shape.num_elements() *
                                                                     size_of(info.dtype)));
      outputs.push_back({info.name, {storage->data(), info.dtype, info.shape}});
      storages_.push_back(std::move(storage));
    }
    std::vector<runtime::NamedInput> inputs;
    for (const auto& [name, tensor] : inputs_) inputs.push_back({name, tensor.view()});
    runtime::ModelSession session = model_.new_session();
    for (int64_t i = 0; i < options_.steps; ++i)
      ETCH_RETURN_IF_ERROR(session.run(program_.name, inputs, outputs));
    for (const runtime::NamedOutput& output : outputs) ETCH_RETURN_IF_ERROR(show(output));
    return options_.save.empty() ? absl::OkStatus() : of_file(model_.save(options_.save));
  }

 private:
  absl::Status make_inputs() {
    ETCH_ASSIGN_OR_RETURN(Assignments given,
                          parse_assignments(options_.inputs, program_.inputs, ValueKind::kArgument,
                                            "input", "inputs"));
    manual_seed(options_.seed);
    for (const ValueInfo& info : program_.inputs) {
      if (info.kind != ValueKind::kArgument) continue;
      auto value = given.find(info.name);
      std::string standard = is_floating(info.dtype) ? "random" : "zeros";
      ETCH_ASSIGN_OR_RETURN(inputs_[info.name],
                            make_input(info, value != given.end() ? value->second : standard));
    }
    return absl::OkStatus();
  }

  absl::Status show(const runtime::NamedOutput& output) const {
    Tensor value =
        Tensor::from_bytes(output.value.data, output.value.dtype, Shape(output.value.shape));
    auto file = files_.find(std::string(output.name));
    if (file != files_.end()) return of_file(save_npy(value, file->second));
    std::cout << output.name << " = " << value << '\n';
    return absl::OkStatus();
  }

  const RunOptions& options_;
  const Model model_;
  const CompiledProgram& program_;
  std::map<std::string, Tensor> inputs_;
  std::vector<std::shared_ptr<runtime::Storage>> storages_;
  Assignments files_;
};

}  // namespace

absl::Status run_bundle(const RunOptions& options) {
  auto model = Model::load(options.bundle);
  if (!model.ok()) return of_file(model.status());
  std::vector<std::string> names = model->programs();
  std::string name = options.program.empty() && !names.empty() ? names[0] : options.program;
  const CompiledProgram* program = model->find_program(name);
  if (program == nullptr)
    return absl::NotFoundError(unknown_name_message("program", "programs", name, names));
  return Run(options, *model, *program).run();
}

}  // namespace etch::tools
