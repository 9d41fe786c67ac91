#include "etch/tools/etch/graph_writer.h"

#include <map>
#include <vector>

#include "etch/ir/dialect.h"
#include "etch/tools/etch/program_graph.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace etch::tools {
namespace {

using Kind = GraphNode::Kind;

// A module of the user's tree: the ops it computes itself, and its children by name.
struct Frame {
  std::vector<int> nodes;
  std::map<std::string, Frame> children;
};

std::string quoted(llvm::StringRef text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return '"' + escaped + '"';
}

class GraphWriter {
 public:
  explicit GraphWriter(std::string_view filter) : filter_(filter), os_(text_) {}

  std::string write(mlir::ModuleOp module) {
    os_ << "digraph etch {\n"
           "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontsize=10,\n"
           "        fontname=\"Helvetica\", margin=\"0.08,0.04\", height=0.3];\n"
           "  edge [fontname=\"Helvetica\", fontsize=8, color=\"#607080\", arrowsize=0.6];\n"
           "  newrank=true; nodesep=0.2; ranksep=0.35;\n"
           "  graph [fontname=\"Helvetica\", fontsize=11, labeljust=l, color=\"#90a4ae\"];\n";
    module.walk([&](mlir::FunctionOpInterface function) {
      if (!function.isExternal()) write_function(function);
    });
    os_ << "}\n";
    return text_;
  }

 private:
  static bool is_view(const GraphNode& node) {
    return llvm::isa_and_present<ir::ViewOpInterface>(node.op);
  }
  static bool is_shown(const GraphNode& node) {
    return !is_view(node) && !(node.op && node.op->hasTrait<mlir::OpTrait::ConstantLike>());
  }

  void write_function(mlir::FunctionOpInterface function) {
    nodes_ = graph_of(function, filter_);
    names_.assign(nodes_.size(), "");
    Frame root;
    for (int i = 0; i < static_cast<int>(nodes_.size()); ++i) {
      if (nodes_[i].kind != Kind::kOp || !is_shown(nodes_[i])) continue;
      names_[i] = "op" + std::to_string(next_op_++);
      Frame* frame = &root;
      llvm::SmallVector<llvm::StringRef> names;
      llvm::StringRef(nodes_[i].path).split(names, '.', -1, /*KeepEmpty=*/false);
      for (llvm::StringRef name : names) frame = &frame->children[name.str()];
      frame->nodes.push_back(i);
    }
    write_frame(root, 1);
    for (int i = 0; i < static_cast<int>(nodes_.size()); ++i)
      if (is_shown(nodes_[i]) && nodes_[i].kind != Kind::kInput) write_inputs(i);
  }

  void write_frame(const Frame& frame, int depth) {
    std::string indent(2 * depth, ' ');
    for (int i : frame.nodes) {
      const GraphNode& node = nodes_[i];
      std::string label = node.name;
      if (!node.types.empty()) label += "\\n" + type_text(node.types.front());
      os_ << indent << names_[i] << " [label=\"" << label << "\"];\n";
    }
    for (const auto& [name, child] : frame.children) {
      os_ << indent << "subgraph cluster_" << next_frame_++ << " {\n"
          << indent << "  label=" << quoted(name) << "; style=\"rounded,filled\"; fillcolor=\""
          << (depth % 2 ? "#f3f6f9" : "#e6ecf2") << "\";\n";
      write_frame(child, depth + 1);
      os_ << indent << "}\n";
    }
  }

  // What computed the elements of a node's value: views only rearrange them. -1: it is not shown.
  int source_of(int i) const {
    while (is_view(nodes_[i])) {
      if (nodes_[i].inputs.empty()) return -1;
      i = nodes_[i].inputs.front();
    }
    return is_shown(nodes_[i]) ? i : -1;
  }

  void write_inputs(int reader) {
    for (int input : nodes_[reader].inputs) {
      int source = source_of(input);
      if (source < 0) continue;
      // Of the results, those that something shown computes.
      if (nodes_[reader].kind == Kind::kResult && nodes_[source].kind != Kind::kOp) continue;
      write_boundary(source);
      write_boundary(reader);
      os_ << "  " << names_[source] << " -> " << names_[reader] << ";\n";
    }
  }

  // An input or a result, at its first edge: state is blue, an argument green, a result orange.
  void write_boundary(int i) {
    if (!names_[i].empty()) return;
    const GraphNode& node = nodes_[i];
    bool is_input = node.kind == Kind::kInput;
    names_[i] =
        is_input ? "in" + std::to_string(next_input_++) : "out" + std::to_string(next_result_++);
    std::string label = quoted(node.name);
    if (is_input) label.insert(label.size() - 1, "\\n" + type_text(node.types.front()));
    const char* color = !is_input ? "#fde9c9" : node.is_state ? "#d7e8fb" : "#d9f2dc";
    os_ << "  " << names_[i] << " [shape=ellipse, style=filled, fillcolor=\"" << color
        << "\", label=" << label << "];\n";
  }

  const std::string_view filter_;
  std::string text_;
  llvm::raw_string_ostream os_;
  std::vector<GraphNode> nodes_;  // of the function at hand
  std::vector<std::string> names_;
  unsigned next_op_ = 0;
  unsigned next_input_ = 0;
  unsigned next_result_ = 0;
  unsigned next_frame_ = 0;
};

}  // namespace

std::string write_dot(mlir::ModuleOp module, std::string_view filter) {
  return GraphWriter(filter).write(module);
}

}  // namespace etch::tools
