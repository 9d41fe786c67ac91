// Models in shared libraries of users.
#ifndef ETCH_TOOLS_ETCH_MODEL_LIBRARY_H_
#define ETCH_TOOLS_ETCH_MODEL_LIBRARY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/nn/register_model.h"

namespace etch::tools {

// Loads the library, for good, and gives what it has registered with ETCH_REGISTER_MODEL, in order.
// Errors: FAILED_PRECONDITION for a file that cannot be loaded (the dynamic linker says why), that
// registers nothing, or that was compiled with headers of another version of Etch.
absl::StatusOr<std::vector<nn::RegisteredModel>> load_model_library(const std::string& file);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_MODEL_LIBRARY_H_
