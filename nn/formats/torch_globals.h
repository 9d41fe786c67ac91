// What the names in PyTorch's pickles stand for: a fixed table, and nothing outside of it.
// Internal.
#ifndef ETCH_NN_FORMATS_TORCH_GLOBALS_H_
#define ETCH_NN_FORMATS_TORCH_GLOBALS_H_

#include <string>
#include <string_view>

#include "etch/nn/formats/pickle.h"

namespace etch::nn::formats {

// Whether `name` ("torch._utils._rebuild_tensor_v2") may occur in a pickle.
bool is_known_global(std::string_view name);

// What calling `name` on the tuple `arguments` builds, as a new value or one of the arguments. On
// failure false, and `*problem` says why.
bool call_global(Pickle& pickle, std::string_view name, ValueId arguments, ValueId* result,
                 std::string* problem);

// The storage that the tuple `id` names: ("storage", type, key, location, size), and a view where
// old files have one. On failure false, and `*problem` says why.
bool make_storage(Pickle& pickle, ValueId id, ValueId* result, std::string* problem);

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_TORCH_GLOBALS_H_
