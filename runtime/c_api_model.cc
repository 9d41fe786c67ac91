// Loading models, and what they have.
#include "etch/runtime/c_api_model.h"

#include <utility>

#include "etch/runtime/c_api_handles.h"
#include "etch/runtime/c_api_support.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace runtime = etch::runtime;
namespace c_api = etch::runtime::c_api;

namespace {

etch_value_info describe_value(const std::string& name, etch::DType dtype,
                               const etch::Shape& shape) {
  etch_value_info info = ETCH_VALUE_INFO_INIT;
  info.name = name.c_str();
  info.shape = shape.extents().data();
  info.rank = static_cast<int32_t>(shape.rank());
  info.dtype = static_cast<etch_dtype>(dtype);
  info.bytes = static_cast<size_t>(shape.num_elements() * etch::size_of(dtype));
  return info;
}

std::vector<const char*> c_strings(const std::vector<std::string>& strings) {
  std::vector<const char*> result;
  for (const std::string& string : strings) result.push_back(string.c_str());
  return result;
}

// Hands the caller the model that `load`, given the options of C++, loads. `verify`: without
// options.
template <typename Load>
absl::Status load_as(const etch_load_options* options, bool verify, etch_model** model,
                     const Load& load) {
  etch_load_options defaults = ETCH_LOAD_OPTIONS_INIT;
  defaults.verify_state = verify;
  ETCH_ASSIGN_OR_RETURN(etch_load_options given, c_api::read_struct(options, defaults, "options"));
  if (given.memory_limit < 0)
    return absl::InvalidArgumentError(absl::StrCat("options.memory_limit is ", given.memory_limit));
  std::shared_ptr<runtime::Executor> executor = c_api::shared(given.executor);
  ETCH_ASSIGN_OR_RETURN(runtime::Model loaded,
                        load(runtime::LoadOptions{.verify_state = given.verify_state != 0,
                                                  .memory_limit = given.memory_limit,
                                                  .executor = executor.get()}));
  *model = new etch_model(std::move(loaded), std::move(executor));
  return absl::OkStatus();
}

}  // namespace

etch_model::etch_model(runtime::Model loaded, std::shared_ptr<runtime::Executor> its_executor)
    : executor(std::move(its_executor)), model(std::move(loaded)), state(model.state()) {
  describe_state();
  for (const std::string& name : model.programs()) describe(*model.find_program(name));
}

void etch_model::describe_state() {
  aliases.reserve(state.size());
  for (const runtime::StateInfo& cell : state) {
    aliases.push_back(c_strings(cell.aliases));
    etch_value_info info = describe_value(cell.name, cell.dtype, cell.shape);
    info.is_gradient = cell.kind == runtime::ValueKind::kGrad;
    info.num_aliases = static_cast<int32_t>(cell.aliases.size());
    info.aliases = aliases.back().data();
    state_by_name[cell.name] = state_infos.size();
    for (const std::string& alias : cell.aliases) state_by_name[alias] = state_infos.size();
    state_infos.push_back(info);
  }
}

void etch_model::describe(const runtime::CompiledProgram& compiled) {
  etch_program& program = programs.emplace_back();
  program.compiled = &compiled;
  auto add = [&](const runtime::ValueInfo& value, etch_role own, etch_role of_state) {
    if (value.path.empty()) {
      program.values[own].push_back(describe_value(value.name, value.dtype, value.shape));
      program.values[own].back().is_tap = value.is_tap;
      return;
    }
    bool gradient = value.kind == runtime::ValueKind::kGrad;
    if (const etch_value_info* cell = find_state(gradient ? "grad." + value.path : value.path))
      program.values[of_state].push_back(*cell);
  };
  for (const runtime::ValueInfo& value : compiled.inputs) add(value, ETCH_INPUT, ETCH_STATE_READ);
  for (const runtime::ValueInfo& value : compiled.results)
    add(value, ETCH_OUTPUT, ETCH_STATE_WRITTEN);
  if (auto code = model.code(compiled.name); code.ok()) program.code = *std::move(code);
  program.features = c_strings(program.code.features);
  program.code_info.triple = program.code.triple.c_str();
  program.code_info.features = program.features.data();
  program.code_info.num_features = program.features.size();
  program.code_info.bytes = static_cast<size_t>(program.code.bytes);
  program.code_info.scratch_bytes = static_cast<size_t>(compiled.arena_bytes);
  program.code_info.packed_bytes = static_cast<size_t>(compiled.derived_bytes);
}

const etch_value_info* etch_model::find_state(std::string_view name_or_alias) const {
  auto found = state_by_name.find(name_or_alias);
  return found == state_by_name.end() ? nullptr : &state_infos[found->second];
}

etch_status etch_model_load(const char* path, const etch_load_options* options,
                            etch_model** model) {
  if (model != nullptr) *model = nullptr;
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(path, "path"));
    return load_as(options, /*verify=*/false, model, [&](const runtime::LoadOptions& wanted) {
      return runtime::Model::load(path, wanted);
    });
  });
}

etch_status etch_model_parse(const void* bytes, size_t size, const char* source,
                             const etch_load_options* options, etch_model** model) {
  if (model != nullptr) *model = nullptr;
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(bytes, "bytes"));
    std::span all(static_cast<const std::byte*>(bytes), size);
    return load_as(options, /*verify=*/true, model, [&](const runtime::LoadOptions& wanted) {
      return runtime::Model::parse(all, source != nullptr ? source : "the buffer", wanted);
    });
  });
}

etch_status etch_model_fork(const etch_model* model, etch_model** fork) {
  if (fork != nullptr) *fork = nullptr;
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(fork, "fork"));
    *fork = new etch_model(model->model.fork(), model->executor);
    return absl::OkStatus();
  });
}

void etch_model_free(etch_model* model) { delete model; }

const char* etch_model_name(const etch_model* model) {
  return c_api::is_given(model, "model") ? model->model.name().c_str() : nullptr;
}

const char* etch_model_producer(const etch_model* model) {
  return c_api::is_given(model, "model") ? model->model.producer().c_str() : nullptr;
}

int64_t etch_model_memory_used(const etch_model* model) {
  return c_api::is_given(model, "model") ? model->model.memory_used() : 0;
}

size_t etch_model_num_programs(const etch_model* model) {
  return c_api::is_given(model, "model") ? model->programs.size() : 0;
}

const etch_program* etch_model_program(const etch_model* model, size_t index) {
  if (!c_api::is_given(model, "model") || index >= model->programs.size()) return nullptr;
  return &model->programs[index];
}

const etch_program* etch_model_find_program(const etch_model* model, const char* name) {
  if (!c_api::is_given(model, "model") || !c_api::is_given(name, "name")) return nullptr;
  for (const etch_program& program : model->programs)
    if (program.compiled->name == name) return &program;
  return nullptr;
}

const char* etch_program_name(const etch_program* program) {
  return c_api::is_given(program, "program") ? program->compiled->name.c_str() : nullptr;
}

size_t etch_program_num_values(const etch_program* program, etch_role role) {
  if (!c_api::is_given(program, "program") || role < ETCH_INPUT || role > ETCH_STATE_WRITTEN)
    return 0;
  return program->values[role].size();
}

etch_status etch_program_value(const etch_program* program, etch_role role, size_t index,
                               etch_value_info* info) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(program, "program"));
    if (role < ETCH_INPUT || role > ETCH_STATE_WRITTEN)
      return absl::InvalidArgumentError(absl::StrCat("there is no role ", role));
    return c_api::write_element(program->values[role], index, info, "info");
  });
}

etch_status etch_program_code(const etch_program* program, etch_code_info* info) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(program, "program"));
    return c_api::write_struct(program->code_info, info, "info");
  });
}
