#include <iostream>

#include "etch/tools/etch/commands.h"
#include "etch/tools/etch/terminal.h"

namespace etch::tools {

int report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << coloured("etch: ", Colour::kRed, Stream::kError) << status.message() << '\n';
  return absl::IsNotFound(status) ? kExitUsage : kExitFailed;
}

int report_found(const absl::StatusOr<bool>& found) {
  if (!found.ok()) return report(found.status());
  return *found ? kExitDiffers : 0;
}

absl::Status of_file(const absl::Status& status) {
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(status.message());
}

void print_warning(const std::string& warning) {
  std::cerr << coloured("etch: warning: ", Colour::kYellow, Stream::kError) << warning << '\n';
}

}  // namespace etch::tools
