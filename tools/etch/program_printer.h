// A program as text, whole or the parts of it that some modules computed.
#ifndef ETCH_TOOLS_ETCH_PROGRAM_PRINTER_H_
#define ETCH_TOOLS_ETCH_PROGRAM_PRINTER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "mlir/IR/BuiltinOps.h"

namespace etch::tools {

// All of `module`. With `locations` each op has its module path and source line; both forms can be
// parsed again.
std::string print_program(mlir::ModuleOp module, bool locations);

// NOT_FOUND when no op of `module` has a module path that fits `filter`; the message has those that
// there are. An empty filter fits all.
absl::Status check_filter(mlir::ModuleOp module, std::string_view filter);

// The ops within `root` whose module path fits `filter` (see path_filter.h), under the function
// that holds them, each with the SSA names it has in the whole text; one comment a module path. An
// op that fits is printed with all that is nested in it.
std::string print_filtered(mlir::Operation* root, std::string_view filter);

// The functions in `assembly`, made from `module`, that have ops of such paths.
std::string print_filtered_assembly(mlir::ModuleOp module, const std::string& assembly,
                                    std::string_view filter);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROGRAM_PRINTER_H_
