// Whole files. Used by the readers of nn/data.
#ifndef ETCH_NN_DATA_FILE_H_
#define ETCH_NN_DATA_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace etch::nn::data {

// The bytes of a file. Errors: NOT_FOUND, PERMISSION_DENIED or UNAVAILABLE with the path and what
// the system says; INVALID_ARGUMENT for a folder.
absl::StatusOr<std::string> read_file(const std::string& path);

}  // namespace etch::nn::data

#endif  // ETCH_NN_DATA_FILE_H_
