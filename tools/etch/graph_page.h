// A program as a page for browsers: the graph by module, with what `etch dump` and `etch profile`
// know of each op. The page is one file that needs no network; its parts lie in page/.
#ifndef ETCH_TOOLS_ETCH_GRAPH_PAGE_H_
#define ETCH_TOOLS_ETCH_GRAPH_PAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/codegen/compiler.h"
#include "etch/tools/etch/profile_table.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::tools {

struct GraphPage {
  std::string model, program;
  std::string stage = "trace";             // which `module` is after, up to fuse
  std::string filter = {};                 // see path_filter.h; empty: everything
  const ProfileReport* profile = nullptr;  // of this program, for the times of kernels
};

// The program as the page has it, JSON:
//   {"model", "program", "stage",
//    "modules": [{"name", "path", "parent", "visit"}],   the whole first (module_boxes.h)
//    "nodes": [{"name", "kind", "state", "module", "source", "types", "inputs", "launches",
//    "text"}], "kernels": [{"name", "text", "ms", ...}], "launches": [{"kernel", "path"}],
//    "profile": {"run_ms", "threads", "runs"}}
// Lists refer to each other by number; what is empty, false or 0 may be missing. `kind` is "input",
// "result", "constant", "launch", or the role in fusion.
absl::StatusOr<std::string> graph_json(mlir::ModuleOp module, const GraphPage& page,
                                       const codegen::CompileOptions& options);

// The whole page.
absl::StatusOr<std::string> write_page(mlir::ModuleOp module, const GraphPage& page,
                                       const codegen::CompileOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_GRAPH_PAGE_H_
