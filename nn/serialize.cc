#include "etch/nn/serialize.h"

#include <span>
#include <vector>

#include "etch/nn/formats/npy.h"
#include "etch/nn/formats/zip_writer.h"
#include "etch/nn/state_file.h"
#include "etch/runtime/atomic_file.h"
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

absl::Status save_npy(const Tensor& value, const std::string& path) try {
  TensorView view = value.view();
  std::string header = nn::formats::npy_header(view.dtype, value.shape());
  ETCH_ASSIGN_OR_RETURN(runtime::AtomicFile file, runtime::AtomicFile::create(path));
  ETCH_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(header))));
  ETCH_RETURN_IF_ERROR(file.write(nn::detail::bytes_of(view)));
  return file.commit();
} catch (const Error& error) {
  return absl::InvalidArgumentError(path + ": " + error.what());
}

absl::Status save_npz(const nn::StateDict& state, const std::string& path) try {
  ETCH_ASSIGN_OR_RETURN(auto archive, nn::formats::ZipWriter::create(path));
  for (const auto& [name, value] : state) {
    TensorView view = value.view();
    std::string header = nn::formats::npy_header(view.dtype, value.shape());
    ETCH_RETURN_IF_ERROR(
        archive.add(name + ".npy", std::as_bytes(std::span(header)), nn::detail::bytes_of(view)));
  }
  return archive.finish();
} catch (const Error& error) {
  return absl::InvalidArgumentError(path + ": " + error.what());
}

namespace nn::detail {

std::span<const std::byte> bytes_of(const TensorView& view) {
  return {static_cast<const std::byte*>(view.data), static_cast<size_t>(view.size_bytes())};
}

absl::Status write_state(const StateDict& state, const std::map<std::string, std::string>& metadata,
                         const std::string& path) try {
  std::vector<runtime::SafetensorsEntry> entries;
  for (const auto& [name, value] : state) {
    TensorView view = value.view();
    entries.push_back(
        {.name = name, .dtype = view.dtype, .shape = value.shape(), .bytes = bytes_of(view)});
  }
  return runtime::write_safetensors(path, entries, metadata);
} catch (const Error& error) {
  return absl::InvalidArgumentError(path + ": " + error.what());
}

StateDict to_state_dict(const runtime::SafetensorsFile& file) {
  StateDict state;
  for (const runtime::SafetensorsEntry& entry : file.entries)
    state.insert(entry.name, Tensor::from_storage(entry.storage, entry.dtype, entry.shape));
  return state;
}

}  // namespace nn::detail
}  // namespace etch
