// The state of models.
#include <cstring>
#include <utility>

#include "etch/runtime/c_api_handles.h"
#include "etch/runtime/c_api_model.h"
#include "etch/runtime/c_api_support.h"
#include "etch/runtime/json_reader.h"
#include "etch/runtime/status.h"

namespace runtime = etch::runtime;
namespace c_api = etch::runtime::c_api;

struct etch_snapshot {
  runtime::StateSnapshot state;
};

size_t etch_model_num_states(const etch_model* model) {
  return c_api::is_given(model, "model") ? model->state_infos.size() : 0;
}

etch_status etch_model_state(const etch_model* model, size_t index, etch_value_info* info) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    return c_api::write_element(model->state_infos, index, info, "info");
  });
}

etch_status etch_model_find_state(const etch_model* model, const char* name,
                                  etch_value_info* info) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(name, "name"));
    if (const etch_value_info* found = model->find_state(name))
      return c_api::write_struct(*found, info, "info");
    return absl::NotFoundError(absl::StrCat("the bundle has no state ", runtime::json_quote(name)));
  });
}

etch_status etch_model_read(const etch_model* model, const char* name, void* data, size_t bytes) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(name, "name"));
    ETCH_ASSIGN_OR_RETURN(runtime::StateValue value, model->model.read(name));
    auto wanted = static_cast<size_t>(value.view().size_bytes());
    if (bytes != wanted)
      return absl::InvalidArgumentError(absl::StrCat(
          "the state ", runtime::json_quote(name), " has ", wanted, " bytes, the buffer ", bytes));
    if (bytes == 0) return absl::OkStatus();
    ETCH_RETURN_IF_ERROR(c_api::require(data, "data"));
    std::memcpy(data, value.storage->data(), bytes);
    return absl::OkStatus();
  });
}

etch_status etch_model_update(etch_model* model, const etch_input* values, size_t count) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    c_api::Inputs converted;
    ETCH_RETURN_IF_ERROR(c_api::convert(values, count, converted));
    return model->model.update(converted);
  });
}

etch_status etch_model_load_state(etch_model* model, const char* path) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(path, "path"));
    return model->model.load_state(path);
  });
}

etch_status etch_model_snapshot(const etch_model* model, etch_snapshot** snapshot) {
  if (snapshot != nullptr) *snapshot = nullptr;
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(snapshot, "snapshot"));
    *snapshot = new etch_snapshot{model->model.snapshot()};
    return absl::OkStatus();
  });
}

etch_status etch_model_restore(etch_model* model, const etch_snapshot* snapshot) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(snapshot, "snapshot"));
    return model->model.restore(snapshot->state);
  });
}

void etch_snapshot_free(etch_snapshot* snapshot) { delete snapshot; }

etch_status etch_model_save_state(const etch_model* model, const char* path) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(path, "path"));
    return model->model.save_state(path);
  });
}

etch_status etch_model_save(const etch_model* model, const char* path,
                            const etch_save_options* options) {
  return c_api::guarded([&] {
    static constexpr etch_save_options kDefaults = ETCH_SAVE_OPTIONS_INIT;
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_RETURN_IF_ERROR(c_api::require(path, "path"));
    ETCH_ASSIGN_OR_RETURN(etch_save_options given,
                          c_api::read_struct(options, kDefaults, "options"));
    return model->model.save(path, {.packed = given.packed != 0});
  });
}
