// A function of a program as a graph: what all pictures of programs are drawn from.
#ifndef ETCH_TOOLS_ETCH_PROGRAM_GRAPH_H_
#define ETCH_TOOLS_ETCH_PROGRAM_GRAPH_H_

#include <string>
#include <string_view>
#include <vector>

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::tools {

struct GraphNode {
  enum class Kind { kInput, kOp, kResult };
  Kind kind = Kind::kOp;
  std::string name = {};               // "matmul"; the path or the name of an input or a result
  bool is_state = false;               // an input or a result that is a cell, or its gradient
  std::string path = {};               // of the module that computed it
  std::string source = {};             // "model.cc:41", where that is known
  std::vector<mlir::Type> types = {};  // of its results
  std::vector<int> inputs = {};        // the nodes that it reads, in the order of its operands
  mlir::Operation* op = nullptr;       // of a kOp
};

// Nodes in an order of dependence: the inputs that are read, the ops of the body (what control ops
// hold is theirs), the results. With a `filter` (see path_filter.h; empty: all), only ops of
// matching paths and the inputs that they read.
std::vector<GraphNode> graph_of(mlir::FunctionOpInterface function, std::string_view filter = {});

// The modules to show the nodes in. Ops of no module that lead to nothing but new values of state,
// such as an optimizer's, are put together by the cell that they update: "(update).h.0.qkv.weight",
// or "(update)" for several.
std::vector<std::string> paths_with_updates(const std::vector<GraphNode>& nodes);

// "8x128xf32"; "f32" for a scalar.
std::string type_text(mlir::Type type);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROGRAM_GRAPH_H_
