#include "etch/tools/etch/model_source.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "etch/frontend/program_impl.h"
#include "etch/runtime/philox.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/builtin_models.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/model_library.h"
#include "etch/tools/etch/model_name.h"
#include "etch/tools/etch/program_inputs.h"

namespace etch::tools {
namespace {

using runtime::ValueInfo;
using runtime::ValueKind;

absl::StatusOr<nn::RegisteredModel> find_by_name(const std::vector<nn::RegisteredModel>& models,
                                                 const std::string& name, const std::string& kind) {
  std::vector<std::string> names;
  for (const nn::RegisteredModel& model : models) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  if (name.empty() && models.size() == 1) return models.front();
  return absl::NotFoundError(unknown_name_message(kind, "models", name, names));
}

// The only model of a library, or the one that is named behind the colon.
absl::StatusOr<nn::RegisteredModel> find_in_library(const ModelName& name) {
  ETCH_ASSIGN_OR_RETURN(std::vector<nn::RegisteredModel> models, load_model_library(name.file));
  if (!name.model.empty() || models.size() <= 1)
    return find_by_name(models, name.model, "model in " + name.file);
  auto add_name = [&](std::string* text, const nn::RegisteredModel& model) {
    absl::StrAppend(text, name.file, ":", model.name);
  };
  return absl::NotFoundError(
      absl::StrCat(name.file, " holds ", models.size(),
                   " models; name one: ", absl::StrJoin(models, ", ", add_name)));
}

absl::StatusOr<NamedPrograms> trace_registered(const ModelRequest& request,
                                               const std::vector<std::string>& names) {
  ETCH_ASSIGN_OR_RETURN(nn::RegisteredModel model, find_model(request.model));
  ETCH_ASSIGN_OR_RETURN(std::vector<TensorSpec> types, given_types(request.inputs));
  manual_seed(0);  // So the same weights are drawn each time.
  absl::StatusOr<NamedPrograms> programs = nn::trace_model(model, names, types);
  if (programs.ok() || !absl::IsNotFound(programs.status())) return programs;
  // A wrong name is answered with the nearest right one.
  std::vector<std::string> known;
  for (const nn::ModelProgram& program : model.make()) known.push_back(program.name);
  for (const std::string& name : names)
    if (std::ranges::find(known, name) == known.end())
      return absl::NotFoundError(unknown_name_message("program", "programs", name, known));
  return programs;
}

absl::Status check_single_program(const ModelRequest& request) {
  if (request.program.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("--program ", request.program, ": the file ",
                                          request.model, " holds one program"));
}

// What an optimizer or a generator keeps, and captured tensors, are no weights.
bool is_weight(const std::string& path) {
  for (const char* prefix : {"optim.", "rng.", "captured."})
    if (path.starts_with(prefix)) return false;
  return true;
}

absl::Status load_values(const NamedPrograms& programs, const std::string& file) {
  auto loaded = load_state(file);
  if (!loaded.ok()) return of_file(loaded.status());
  std::set<std::string> missing, done;
  for (const auto& [name, program] : programs)
    for (const ValueInfo& info : program.inputs()) {
      if (info.kind != ValueKind::kState || !done.insert(info.path).second) continue;
      Tensor value = loaded->find(info.path);
      if (!value.defined()) {
        if (is_weight(info.path)) missing.insert(info.path);
        continue;
      }
      if (value.dtype() != info.dtype || value.shape() != info.shape)
        return absl::InvalidArgumentError(
            absl::StrCat(file, ": ", info.path, " is ", type_text(value.dtype(), value.shape()),
                         ", the program has ", type_text(info.dtype, info.shape)));
      frontend::reset_cell(program.state(info.path), value);
    }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      file, " lacks ", missing.size(), " values of the state, such as ", *missing.begin()));
}

}  // namespace

absl::StatusOr<nn::RegisteredModel> find_model(const std::string& model) {
  ModelName name = parse_model_name(model);
  if (name.kind != ModelKind::kLibrary) return find_by_name(builtin_models(), name.model, "model");
  return find_in_library(name);
}

absl::StatusOr<NamedPrograms> trace_programs(const ModelRequest& request,
                                             const std::vector<std::string>& names) {
  ModelName name = parse_model_name(request.model);
  NamedPrograms programs;
  if (name.kind == ModelKind::kBundle) {
    return absl::NotFoundError(request.model +
                               " is a bundle: it is compiled, and holds no program in MLIR; "
                               "inspect, run, bench, profile and diff take it");
  } else if (name.kind == ModelKind::kProgram) {
    auto program = Program::load(name.file);
    if (!program.ok()) return of_file(program.status());
    programs.push_back({"main", *std::move(program)});
  } else {
    ETCH_ASSIGN_OR_RETURN(programs, trace_registered(request, names));
  }
  if (!request.state.empty()) ETCH_RETURN_IF_ERROR(load_values(programs, request.state));
  return programs;
}

absl::StatusOr<std::pair<std::string, Program>> trace_program(const ModelRequest& request) {
  if (parse_model_name(request.model).kind == ModelKind::kProgram)
    ETCH_RETURN_IF_ERROR(check_single_program(request));
  ETCH_ASSIGN_OR_RETURN(NamedPrograms programs, trace_programs(request, {request.program}));
  return std::move(programs.front());
}

void draw_state(const Program& program, uint64_t seed) {
  for (const ValueInfo& info : program.inputs()) {
    if (info.kind != ValueKind::kState || !is_floating(info.dtype) || !is_weight(info.path))
      continue;
    std::vector<float> values(static_cast<size_t>(info.shape.num_elements()));
    runtime::fill_random_uniform(runtime::derive_key(seed, info.path), 0, std::span<float>(values),
                                 *runtime::default_executor());
    for (float& value : values) value = 0.05f * value + 0.01f;
    frontend::reset_cell(program.state(info.path),
                         Tensor::from_data(values, info.shape).to(info.dtype));
  }
}

mlir::OwningOpRef<mlir::ModuleOp> module_of(const Program& program) {
  return program.impl()->function.module->clone();
}

}  // namespace etch::tools
