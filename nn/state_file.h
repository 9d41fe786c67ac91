// State dicts as safetensors files. Used by the .cc files of nn only.
#ifndef ETCH_NN_STATE_FILE_H_
#define ETCH_NN_STATE_FILE_H_

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "etch/nn/state_dict.h"
#include "etch/runtime/safetensors.h"

namespace etch::nn::detail {

absl::Status write_state(const StateDict& state, const std::map<std::string, std::string>& metadata,
                         const std::string& path);
// Of a file that was read, not parsed from memory: the tensors adopt its storages.
StateDict to_state_dict(const runtime::SafetensorsFile& file);

std::span<const std::byte> bytes_of(const TensorView& view);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_STATE_FILE_H_
