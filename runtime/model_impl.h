// What a Model and its sessions share. Internal; not installed.
#ifndef ETCH_RUNTIME_MODEL_IMPL_H_
#define ETCH_RUNTIME_MODEL_IMPL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/model.h"
#include "etch/runtime/native_image.h"
#include "etch/runtime/program.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

// The value of a cell. Guarded by ModelImpl::state_mutex.
struct CellValue {
  std::shared_ptr<Storage> storage;
  uint64_t version = 0;
  // For a program that reads the cell and cannot write it in place: its next value is made here.
  std::shared_ptr<Storage> spare;
};

struct LoadedProgram {
  const BundleProgram* described;
  std::shared_ptr<const CompiledProgram> compiled;
  bool writes_state = false;
};

struct ModelImpl {
  // Everything but the cells' values never changes.
  BundleManifest manifest;
  std::string manifest_text;
  std::vector<std::shared_ptr<Storage>> codes;  // the ELF files, for Model::save
  std::vector<LoadedProgram> programs;  // of each name in the manifest the first that runs here
  std::map<std::string, int32_t, std::less<>> cells_by_name;

  mutable std::shared_mutex state_mutex;
  std::vector<CellValue> cells;  // as in the manifest

  // Steps of loading: `programs` from the manifest and `codes`, the cells from a file's state.
  absl::Status load_programs();
  absl::Status take_state(const SafetensorsFile& state);

  bool is_loaded(std::string_view name) const;
  bool has_alternative(size_t number) const;
  absl::Status cannot_run(const std::string& name, const absl::Status& last) const;

  // NOT_FOUND says which there are.
  absl::StatusOr<const LoadedProgram*> program(std::string_view name) const;
  // The values to save, which point into the cells.
  std::vector<SafetensorsEntry> stored_values() const;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_MODEL_IMPL_H_
