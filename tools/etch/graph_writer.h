// A program as a picture: Graphviz' DOT, one box an op, one frame a module.
#ifndef ETCH_TOOLS_ETCH_GRAPH_WRITER_H_
#define ETCH_TOOLS_ETCH_GRAPH_WRITER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::tools {

// The graph of every function of `module`. Ops are framed by their module path; constants, and ops
// that only rearrange elements (reshape, transpose, broadcast), are left out. With a `filter` (see
// path_filter.h; empty: all), only ops of matching paths, and the inputs they read, are shown.
std::string write_dot(mlir::ModuleOp module, std::string_view filter = {});

// `dot` drawn by Graphviz as SVG. FAILED_PRECONDITION when Graphviz is not installed.
absl::StatusOr<std::string> render_svg(const std::string& dot);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_GRAPH_WRITER_H_
