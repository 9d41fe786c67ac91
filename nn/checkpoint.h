// Checkpoints: all that training needs to go on later as if it had not stopped, in one file.
//
//   nn::TrainingState training;
//   training.add("model", net).add("optimizer", adam).add("schedule", cosine).add("data", loader);
//   nn::CheckpointFolder runs("runs/3", {.keep_last = 2});
//   if (auto progress = runs.restore_latest(training); progress.ok()) step = progress->step;
//   for (; step < steps; ++step) {
//     train_step();
//     if (step % 1000 == 0) runs.save(training, {.step = step}).IgnoreError();
//   }
//
// Files are safetensors, written beside, flushed and renamed: whenever the process or the machine
// dies, the file of before or the new one is there, whole. Loading is all or nothing.
#ifndef ETCH_NN_CHECKPOINT_H_
#define ETCH_NN_CHECKPOINT_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/nn/handle.h"
#include "etch/nn/module.h"
#include "etch/nn/state_dict.h"

namespace etch::nn {

// What has state that can be saved: modules, optimizers, schedulers, loaders, averages of weights,
// and classes of the user's. load_state_dict must leave everything as it was when it throws and
// when `options.dry_run` asks for the report alone.
template <typename T>
concept Stateful = requires(T& part, const StateDict& state, const LoadOptions& options) {
  { part.state_dict() } -> std::convertible_to<StateDict>;
  { part.load_state_dict(state, options) } -> std::convertible_to<LoadReport>;
};

// The parts of a training program, by name. It refers to them; they must outlive it. With a module
// go the random states of its layers, and with each TrainingState this thread's default generator.
class TrainingState {
 public:
  // Throws etch::Error for a name that is taken, empty, has a dot in it, or is "rng".
  template <Stateful T>
  TrainingState& add(std::string name, T& part) {
    Module* module = nullptr;
    if constexpr (std::derived_from<T, Module>) module = &part;
    return add_part({.name = std::move(name),
                     .module = module,
                     .state = [&part] { return part.state_dict(); },
                     .load =
                         [&part](const StateDict& state, const LoadOptions& options) {
                           return part.load_state_dict(state, options);
                         }});
  }
  template <typename M>
  TrainingState& add(std::string name, const ModuleHandle<M>& module) {
    return add(std::move(name), static_cast<Module&>(*module));
  }

  struct Part {
    std::string name;
    Module* module = nullptr;
    std::function<StateDict()> state = {};
    std::function<LoadReport(const StateDict&, const LoadOptions&)> load = {};
  };
  const std::vector<Part>& parts() const { return parts_; }

 private:
  TrainingState& add_part(Part part);

  std::vector<Part> parts_;
};

// What a checkpoint holds besides the parts.
struct Progress {
  int64_t step = 0;
  // The program's own settings and counters, to be compared or restored on resuming.
  std::map<std::string, std::string> notes = {};
};

// A checkpoint that was read and found to be whole.
struct Checkpoint {
  std::string path;
  // By name; a module's type_name() ("Gpt"), else empty.
  std::map<std::string, std::string> parts;
  Progress progress;
  // "model.fc1.weight", "optimizer.optim.lr", "rng.default", "rng.model.h.0.drop".
  StateDict state;

  // The state of one part, as its load_state_dict takes it. Throws etch::Error when there is none.
  StateDict part(const std::string& name) const;
};

// Errors: those of runtime::write_safetensors. What was at `path` stays then.
absl::Status save_checkpoint(const std::string& path, const TrainingState& training,
                             const Progress& progress = {});

// Errors: those of runtime::read_safetensors; INVALID_ARGUMENT for a file that is none of ours.
absl::StatusOr<Checkpoint> read_checkpoint(const std::string& path);

// Puts all parts of `training` and the random states back as they were; other parts of the
// checkpoint are left alone. Errors: FAILED_PRECONDITION, listing names, when a part is not in the
// checkpoint or its state is of another model or optimizer; nothing is changed then.
absl::Status restore_checkpoint(const Checkpoint& checkpoint, const TrainingState& training);

struct CheckpointFolderOptions {
  int64_t keep_last = 3;  // at least 1
};

// The checkpoints of one run: step-000001000.etch, ... of which the newest stay.
// Threads and processes: one writer.
class CheckpointFolder {
 public:
  using Options = CheckpointFolderOptions;
  // Throws etch::Error unless keep_last >= 1.
  explicit CheckpointFolder(std::string path, Options options = {});

  // Makes the folder when it is missing. Of this step and earlier ones the `keep_last` newest stay;
  // what a writer that was killed left is removed. Errors: as save_checkpoint.
  absl::Status save(const TrainingState& training, const Progress& progress) const;
  // The paths of the checkpoints, that of the highest step first; none when there is no folder.
  std::vector<std::string> files() const;
  // The newest that can be read. Errors: NOT_FOUND when there is none, naming what is wrong with
  // those that there are.
  absl::StatusOr<Checkpoint> latest() const;
  // latest() and restore_checkpoint().
  absl::StatusOr<Progress> restore_latest(const TrainingState& training) const;

 private:
  std::string path_;
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_CHECKPOINT_H_
