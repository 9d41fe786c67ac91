#include "etch/nn/serialize.h"

#include <vector>

#include "etch/nn/state_file.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/status.h"

namespace etch {

absl::Status save_state(const nn::StateDict& state, const std::string& path) {
  return nn::detail::write_state(state, {{"format", "pt"}}, path);
}

absl::Status save_state(const nn::Module& module, const std::string& path) {
  return save_state(module.state_dict(), path);
}

absl::Status save_state(const nn::ModuleHandle<nn::Module>& module, const std::string& path) {
  return save_state(*module, path);
}

absl::StatusOr<nn::StateDict> load_state(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(runtime::SafetensorsFile file, runtime::read_safetensors(path));
  return nn::detail::to_state_dict(file);
}

namespace nn::detail {

absl::Status write_state(const StateDict& state, const std::map<std::string, std::string>& metadata,
                         const std::string& path) try {
  std::vector<runtime::SafetensorsEntry> entries;
  for (const auto& [name, value] : state) {
    TensorView view = value.view();
    entries.push_back({.name = name,
                       .dtype = view.dtype,
                       .shape = value.shape(),
                       .bytes = {static_cast<const std::byte*>(view.data),
                                 static_cast<size_t>(view.size_bytes())}});
  }
  return runtime::write_safetensors(path, entries, metadata);
} catch (const Error& error) {
  return absl::InvalidArgumentError(path + ": " + error.what());
}

StateDict to_state_dict(const runtime::SafetensorsFile& file) {
  StateDict state;
  for (const runtime::SafetensorsEntry& entry : file.entries)
    state.insert(entry.name, Tensor::from_bytes(entry.bytes.data(), entry.dtype, entry.shape));
  return state;
}

}  // namespace nn::detail
}  // namespace etch
