// What a Model and its sessions share. Internal; not installed.
#ifndef ETCH_RUNTIME_MODEL_IMPL_H_
#define ETCH_RUNTIME_MODEL_IMPL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/bundle_manifest.h"
#include "etch/runtime/model.h"
#include "etch/runtime/model_state.h"
#include "etch/runtime/native_image.h"
#include "etch/runtime/program.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

struct LoadedProgram {
  const BundleProgram* described;
  std::shared_ptr<const CompiledProgram> compiled;
  bool writes_state = false;
};

// What never changes, shared by a model and its forks.
struct ModelCode {
  BundleManifest manifest;
  std::string manifest_text;
  std::vector<std::shared_ptr<Storage>> codes;  // the ELF files, for Model::save
  std::vector<LoadedProgram> programs;  // of each name in the manifest the first that runs here
  std::map<std::string, int32_t, std::less<>> cells_by_name;

  // Steps of loading: `programs` from the manifest and `codes`; the values of the cells from a
  // file's state; whether `packed`, the file's derived memory, is what the manifest describes.
  absl::Status load_programs();
  absl::Status check_packed(std::span<const std::shared_ptr<Storage>> packed) const;
  absl::StatusOr<std::vector<CellValue>> take_state(const SafetensorsFile& state,
                                                    const std::shared_ptr<MemoryBudget>& budget,
                                                    bool mapped);

  bool is_loaded(std::string_view name) const;
  bool has_alternative(size_t number) const;
  absl::Status cannot_run(const std::string& name, const absl::Status& last) const;

  // NOT_FOUND says which there are.
  absl::StatusOr<const LoadedProgram*> program(std::string_view name) const;
  absl::StatusOr<int32_t> cell(std::string_view name) const;
};

// Of Model::snapshot().
struct SnapshotImpl {
  std::shared_ptr<const ModelCode> code;
  std::vector<CellValue> cells;

  // The values to save, which point into the cells.
  std::vector<SafetensorsEntry> stored_values() const;
};

struct ModelImpl {
  ModelImpl(std::shared_ptr<const ModelCode> code, std::vector<CellValue> cells,
            const LoadOptions& options, std::shared_ptr<MemoryBudget> budget);

  const std::shared_ptr<const ModelCode> code;
  const LoadOptions options;
  const std::shared_ptr<MemoryBudget> budget;  // null: no limit
  ModelState state;

  // Computes what programs need ahead where no session does.
  Executor& executor() const {
    return options.executor != nullptr ? *options.executor : *default_executor();
  }

  // Memory for the next value of a cell of `version`: its spare, which is made where it has none or
  // another holds it.
  absl::StatusOr<std::shared_ptr<Storage>> spare_of(StateVersion& version, int32_t cell);

  absl::Status save(const std::string& path, const SaveOptions& options);

  SnapshotImpl snapshot();
  // With what programs have computed from it, those for which `wanted` holds; null for others, and
  // where they compute nothing ahead.
  absl::StatusOr<SnapshotImpl> snapshot_with_derived(
      const std::function<bool(const LoadedProgram&)>& wanted,
      std::vector<std::shared_ptr<DerivedMemory>>& derived);
  // Takes over derived memory that was loaded with the state.
  void adopt(std::span<const std::shared_ptr<Storage>> packed);

  // What program `number` has computed from `version`, made or brought up to date where it is not.
  // Null where it computes nothing ahead.
  absl::StatusOr<DerivedMemory*> derived(const ModelState::Writer& writer, StateVersion& version,
                                         size_t number, Executor& executor, LaunchTrace* trace);
  // Publishes `next`, whose cells have been changed, with what programs have computed from the
  // current version. What they read of `next` alone is computed first where `ahead`, else left to
  // the next run.
  absl::Status publish(ModelState::Writer& writer, StateVersion& next, bool ahead);
  // After cells of `version` were changed in place: what was computed from them is to be again.
  void forget_stale(StateVersion& version);

  // With what computing ahead has taken, whichever session did it.
  std::vector<KernelProfile> profile(size_t number, std::span<const LaunchProfile> launches);

 private:
  const std::vector<uint64_t>& versions_of(const StateVersion& version, size_t number);

  // Of derived(), by program; under the writer's lock.
  struct Scratch {
    std::vector<void*> buffers;
    std::vector<uint64_t> versions;
    std::vector<LaunchProfile> profile;  // of all that was computed ahead
  };
  std::vector<Scratch> scratch_;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_MODEL_IMPL_H_
