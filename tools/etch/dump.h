// What `etch dump` does.
#ifndef ETCH_TOOLS_ETCH_DUMP_H_
#define ETCH_TOOLS_ETCH_DUMP_H_

#include <string>

#include "absl/status/status.h"

namespace etch::tools {

struct DumpOptions {
  std::string model;  // a built-in model, or a file of MLIR
  std::string program = "predict";
  std::string stage = "trace";
  std::string matmul_precision = "f32";
  std::string filter;  // see path_filter.h; empty: everything
  std::string format = "text";
  bool locations = false;  // text: with module paths and source lines
  std::string output;      // empty: standard output
};

// NOT_FOUND: a name is wrong, or the filter fits no module; the message lists the right ones.
// Writes nothing unless all went well.
absl::Status dump(const DumpOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_DUMP_H_
