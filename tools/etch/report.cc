#include <iostream>

#include "etch/tools/etch/commands.h"

namespace etch::tools {

int report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << "etch: " << status.message() << '\n';
  return absl::IsNotFound(status) ? kExitUsage : kExitFailed;
}

absl::Status of_file(const absl::Status& status) {
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(status.message());
}

}  // namespace etch::tools
