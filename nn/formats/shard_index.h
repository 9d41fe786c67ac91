// Weights in several files, as Hugging Face splits large models: an index in JSON says which tensor
// is in which file beside it. Internal.
#ifndef ETCH_NN_FORMATS_SHARD_INDEX_H_
#define ETCH_NN_FORMATS_SHARD_INDEX_H_

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace etch::nn::formats {

// For each file the names of its tensors.
using ShardIndex = std::map<std::string, std::set<std::string>>;

// Reads {"metadata": ..., "weight_map": {"fc1.weight": "model-00001-of-00002.safetensors", ...}}.
// Errors: INVALID_ARGUMENT when it is none, or names a file in another folder.
absl::StatusOr<ShardIndex> parse_shard_index(std::string_view text, std::string_view source);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_SHARD_INDEX_H_
