#include "etch/tools/etch/graph_writer.h"

#include <map>
#include <vector>

#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "etch/tools/etch/path_filter.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace etch::tools {
namespace {

// A module of the user's tree: the ops it computes itself, and its children by name.
struct Frame {
  std::vector<mlir::Operation*> ops;
  std::map<std::string, Frame> children;
};

// "8x128xf32"; "f32" for a scalar.
std::string type_text(mlir::Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
  if (!tensor) {
    os << type;
    return text;
  }
  for (int64_t size : tensor.getShape()) os << size << 'x';
  os << tensor.getElementType();
  return text;
}

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
  bool is_shown(mlir::Operation* op) const {
    if (llvm::isa<ir::ViewOpInterface>(op)) return false;
    if (op->hasTrait<mlir::OpTrait::ConstantLike>() || op->hasTrait<mlir::OpTrait::IsTerminator>())
      return false;
    return filter_.empty() || path_matches(filter_, ir::modulePath(op->getLoc()));
  }

  void write_function(mlir::FunctionOpInterface function) {
    Frame root;
    mlir::Block& body = function.getFunctionBody().front();
    for (mlir::Operation& op : body) {
      if (!is_shown(&op)) continue;
      Frame* frame = &root;
      std::string path = ir::modulePath(op.getLoc());
      llvm::SmallVector<llvm::StringRef> names;
      llvm::StringRef(path).split(names, '.', -1, /*KeepEmpty=*/false);
      for (llvm::StringRef name : names) frame = &frame->children[name.str()];
      frame->ops.push_back(&op);
      ids_[&op] = next_id_++;
    }
    write_frame(root, 1);
    for (mlir::Operation& op : body) {
      if (ids_.count(&op)) write_inputs(function, &op);
    }
    if (filter_.empty()) write_results(function, body.getTerminator());
  }

  void write_frame(const Frame& frame, int depth) {
    std::string indent(2 * depth, ' ');
    for (mlir::Operation* op : frame.ops) {
      std::string label = op->getName().stripDialect().str();
      if (op->getNumResults() > 0) label += "\\n" + type_text(op->getResult(0).getType());
      os_ << indent << "op" << ids_[op] << " [label=\"" << label << "\"];\n";
    }
    for (const auto& [name, child] : frame.children) {
      os_ << indent << "subgraph cluster_" << next_frame_++ << " {\n"
          << indent << "  label=" << quoted(name) << "; style=\"rounded,filled\"; fillcolor=\""
          << (depth % 2 ? "#f3f6f9" : "#e6ecf2") << "\";\n";
      write_frame(child, depth + 1);
      os_ << indent << "}\n";
    }
  }

  // What computed the elements of `value`: views only rearrange them.
  static mlir::Value source_of(mlir::Value value) {
    while (llvm::isa_and_present<ir::ViewOpInterface>(value.getDefiningOp()))
      value = value.getDefiningOp()->getOperand(0);
    return value;
  }

  void write_inputs(mlir::FunctionOpInterface function, mlir::Operation* op) {
    for (mlir::Value operand : op->getOperands()) {
      operand = source_of(operand);
      if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(operand)) {
        os_ << "  " << input_node(function, argument) << " -> op" << ids_[op] << ";\n";
      } else if (auto it = ids_.find(operand.getDefiningOp()); it != ids_.end()) {
        os_ << "  op" << it->second << " -> op" << ids_[op] << ";\n";
      }
    }
  }

  // The node of an argument, written at its first use: state is blue, an argument green.
  std::string input_node(mlir::FunctionOpInterface function, mlir::BlockArgument argument) {
    auto [it, is_new] = inputs_.try_emplace(argument, inputs_.size());
    std::string node = "in" + std::to_string(it->second);
    if (!is_new) return node;
    auto text = [&](llvm::StringRef attribute) {
      auto attr = function.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), attribute);
      return attr ? attr.getValue() : llvm::StringRef();
    };
    llvm::StringRef name = text(ir::kPathAttr).empty() ? text(ir::kNameAttr) : text(ir::kPathAttr);
    bool is_state = !text(ir::kPathAttr).empty();
    std::string label =
        (name.empty() ? "arg" + std::to_string(argument.getArgNumber()) : name.str()) + "\\n" +
        type_text(argument.getType());
    os_ << "  " << node << " [shape=ellipse, style=filled, fillcolor=\""
        << (is_state ? "#d7e8fb" : "#d9f2dc") << "\", label=\"" << label << "\"];\n";
    return node;
  }

  void write_results(mlir::FunctionOpInterface function, mlir::Operation* terminator) {
    for (mlir::OpOperand& operand : terminator->getOpOperands()) {
      auto it = ids_.find(source_of(operand.get()).getDefiningOp());
      if (it == ids_.end()) continue;
      unsigned index = operand.getOperandNumber();
      auto text = [&](llvm::StringRef attribute) {
        auto attr = function.getResultAttrOfType<mlir::StringAttr>(index, attribute);
        return attr ? attr.getValue() : llvm::StringRef();
      };
      std::string label =
          text(ir::kPathAttr).empty() ? text(ir::kNameAttr).str() : text(ir::kPathAttr).str();
      if (text(ir::kKindAttr) == "grad") label += ".grad";
      os_ << "  out" << index << " [shape=ellipse, style=filled, fillcolor=\"#fde9c9\", label="
          << quoted(label.empty() ? "result " + std::to_string(index) : label) << "];\n  op"
          << it->second << " -> out" << index << ";\n";
    }
  }

  const std::string_view filter_;
  std::string text_;
  llvm::raw_string_ostream os_;
  llvm::DenseMap<mlir::Operation*, unsigned> ids_;
  llvm::DenseMap<mlir::BlockArgument, unsigned> inputs_;
  unsigned next_id_ = 0;
  unsigned next_frame_ = 0;
};

}  // namespace

std::string write_dot(mlir::ModuleOp module, std::string_view filter) {
  return GraphWriter(filter).write(module);
}

}  // namespace etch::tools
