// Saving and loading: weights alone, and checkpoints from which training goes on bit by bit.
// Files are safetensors, written beside and renamed when complete; nothing in them is executed.
#ifndef ETCH_NN_SERIALIZE_H_
#define ETCH_NN_SERIALIZE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/nn/handle.h"
#include "etch/nn/module.h"
#include "etch/nn/optim/optimizer.h"
#include "etch/nn/state_dict.h"

namespace etch {

// Writes parameters and persistent buffers under the names that PyTorch's state_dict would have.
// Errors: those of runtime::write_safetensors; what was at `path` stays then.
absl::Status save_state(const nn::Module& module, const std::string& path);
absl::Status save_state(const nn::ModuleHandle<nn::Module>& module, const std::string& path);
absl::Status save_state(const nn::StateDict& state, const std::string& path);

// Reads all tensors of a file, in the file's order. Errors: those of runtime::read_safetensors.
absl::StatusOr<nn::StateDict> load_state(const std::string& path);

namespace nn {

// What a checkpoint holds besides the model and its optimizer. Random states are those of the
// model's layers and this thread's default generator.
struct Progress {
  int64_t step = 0;
  // The program's own settings and counters, to be compared or restored on resuming.
  std::map<std::string, std::string> notes = {};
};

// A checkpoint that was read and found to be whole.
struct Checkpoint {
  std::string path;
  std::string model;  // type_name() of the module that was saved
  Progress progress;
  StateDict state;
};

// Writes model, optimizer (null: none), random states and progress into one file.
// Errors: those of runtime::write_safetensors; INVALID_ARGUMENT when the model has state called
// "optim.*" or "rng.*". What was at `path` stays then.
absl::Status save_checkpoint(const std::string& path, const Module& model,
                             const optim::Optimizer* optimizer, const Progress& progress);

// Errors: those of runtime::read_safetensors; INVALID_ARGUMENT for a file that is none of ours.
absl::StatusOr<Checkpoint> read_checkpoint(const std::string& path);

// Puts model, optimizer (null: the checkpoint's is ignored) and random states back as they were.
// Errors: FAILED_PRECONDITION, listing names, when the checkpoint is of another model or optimizer;
// nothing is changed then.
absl::Status restore_checkpoint(const Checkpoint& checkpoint, Module& model,
                                optim::Optimizer* optimizer);

}  // namespace nn
}  // namespace etch

#endif  // ETCH_NN_SERIALIZE_H_
