// Saving and loading weights. Etch writes safetensors, beside and renamed when complete; it reads
// what other programs write as well. Nothing in a file is executed, and a damaged or hostile one
// gives an error, never a crash.
//
//   etch::nn::StateDict weights = etch::load_state("resnet18.pth").value();
//   net->load_state_dict(weights.without_prefix("module."));
//
// For training that is to go on later see checkpoint.h.
#ifndef ETCH_NN_SERIALIZE_H_
#define ETCH_NN_SERIALIZE_H_

#include <cstddef>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/nn/handle.h"
#include "etch/nn/module.h"
#include "etch/nn/state_dict.h"
#include "etch/nn/state_tree.h"

namespace etch {

// Writes parameters and persistent buffers under the names that PyTorch's state_dict would have.
// Errors: those of runtime::write_safetensors; what was at `path` stays then.
absl::Status save_state(const nn::Module& module, const std::string& path);
absl::Status save_state(const nn::ModuleHandle<nn::Module>& module, const std::string& path);
absl::Status save_state(const nn::StateDict& state, const std::string& path);

// All tensors of a file, in the file's order. What it is shows by its content:
//  - safetensors, one file, or model.safetensors.index.json with the parts beside it;
//  - .pt and .pth, written by torch.save of PyTorch 1.x and 2.x or older (.bin of Hugging Face
//    too, also with an index): every tensor in it by its dotted name, "fc1.weight" of a state dict,
//    "model.fc1.weight" of {"model": {...}, "epoch": 3}; for the rest see load_tree;
//  - .npz archives, and .npy arrays, which are called as the file without its extension.
// Views and shared storages of PyTorch become tensors of their own, equal ones one tensor.
//
// Errors: NOT_FOUND and other ones of the system, with the path; INVALID_ARGUMENT for a file that
// is damaged, none of these, or refused: a pickle that calls anything but what rebuilds tensors
// ("refuses global os.system at byte 41 of the pickle"); UNIMPLEMENTED for a dtype that Etch lacks,
// with the tensor's name; RESOURCE_EXHAUSTED when memory is short.
absl::StatusOr<nn::StateDict> load_state(const std::string& path);

// As load_state, of a file that lies in memory; `name` stands for the path in messages. An index of
// parts is refused, as there is no place where they could be. For tests, and for files that came
// over a network.
absl::StatusOr<nn::StateDict> load_state(std::span<const std::byte> bytes, const std::string& name);

namespace nn {
// A file of torch.save as it is: {"model": {...}, "optimizer": {...}, "epoch": 3}. Of other files,
// a dict of tensors. Errors: as load_state.
absl::StatusOr<StateTree> load_tree(const std::string& path);
}  // namespace nn

// numpy's arrays. bf16, which numpy lacks, is written as the ml_dtypes package does ('<V2').
// Errors: as load_state and save_state.
absl::StatusOr<Tensor> load_npy(const std::string& path);
absl::Status save_npy(const Tensor& value, const std::string& path);
absl::Status save_npz(const nn::StateDict& state, const std::string& path);

}  // namespace etch

#endif  // ETCH_NN_SERIALIZE_H_
