// From the values of a pickle and the storages of its file to a tree with tensors. Internal.
#ifndef ETCH_NN_FORMATS_TORCH_TENSORS_H_
#define ETCH_NN_FORMATS_TORCH_TENSORS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "etch/nn/formats/pickle.h"
#include "etch/nn/state_tree.h"
#include "etch/runtime/storage.h"

namespace etch::nn::formats {

struct TorchStorages {
  // The bytes of the storage of that key.
  std::function<absl::StatusOr<std::shared_ptr<runtime::Storage>>(const std::string& key)> load;
  bool big_endian = false;
};

// Tensors with the same elements in the file are one tensor. `source` stands for the path in
// messages. Errors: INVALID_ARGUMENT for a tensor that reaches beyond its storage, a value that
// contains itself, or what is no plain value; UNIMPLEMENTED for a dtype that Etch lacks; each with
// the value's dotted name.
absl::StatusOr<StateTree> build_tree(const Pickle& pickle, const TorchStorages& storages,
                                     const std::string& source);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_TORCH_TENSORS_H_
