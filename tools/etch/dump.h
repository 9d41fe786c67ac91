// What `etch dump` does.
#ifndef ETCH_TOOLS_ETCH_DUMP_H_
#define ETCH_TOOLS_ETCH_DUMP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "etch/tools/etch/model_source.h"

namespace etch::tools {

struct DumpOptions {
  ModelRequest request;
  std::string stage;  // empty: trace, or where passes are watched llvm, the last that has some
  std::string matmul_precision = "f32";
  std::string filter;  // see path_filter.h; empty: everything
  std::string format = "text";
  bool locations = false;  // text: with module paths and source lines
  // In place of the program: what it is before and after these passes ("all": each), after those
  // that change it, or how long each takes.
  std::vector<std::string> before, after;
  bool print_changed = false;
  bool timing = false;
  bool json = false;
  std::string output;  // empty: standard output

  bool watches_passes() const {
    return print_changed || timing || !before.empty() || !after.empty();
  }
};

// text, bytecode, dot, svg, html
const std::vector<std::string>& dump_formats();

// NOT_FOUND: a name is wrong, or the filter fits no module; the message lists the right ones.
// Writes nothing unless all went well.
absl::Status dump(const DumpOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_DUMP_H_
