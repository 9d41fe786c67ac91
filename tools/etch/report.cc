#include <iostream>

#include "etch/tools/etch/commands.h"

namespace etch::tools {

int report(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << "etch: " << status.message() << '\n';
  return absl::IsNotFound(status) ? kExitUsage : kExitFailed;
}

}  // namespace etch::tools
