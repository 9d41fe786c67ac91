// Whole text files, with errors that name the file.
#ifndef ETCH_TOOLS_ETCH_TEXT_FILE_H_
#define ETCH_TOOLS_ETCH_TEXT_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace etch::tools {

absl::StatusOr<std::string> read_text_file(const std::string& path);

// Writes `text` to `path`, or to standard output when `path` is empty or "-".
absl::Status write_text_file(const std::string& path, const std::string& text);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_TEXT_FILE_H_
