#include "etch/tools/etch/program_graph.h"

#include <set>

#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "etch/tools/etch/path_filter.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace etch::tools {
namespace {

class GraphBuilder {
 public:
  GraphBuilder(mlir::FunctionOpInterface function, std::string_view filter)
      : function_(function), filter_(filter) {}

  std::vector<GraphNode> build() {
    mlir::Block& body = function_.getFunctionBody().front();
    for (mlir::Operation& op : body.without_terminator())
      if (filter_.empty() || path_matches(filter_, ir::modulePath(op.getLoc()))) shown_.insert(&op);
    add_inputs(body);
    for (mlir::Operation* op : shown_) add_op(op);
    if (filter_.empty()) add_results(body.getTerminator());
    return std::move(nodes_);
  }

 private:
  void add(GraphNode node, mlir::ValueRange values) {
    for (mlir::Value value : values) nodes_of_[value] = static_cast<int>(nodes_.size());
    nodes_.push_back(std::move(node));
  }

  // What an op reads, past views that are not shown: these only rearrange it.
  mlir::Value source_of(mlir::Value value) const {
    for (mlir::Operation* op = value.getDefiningOp();
         llvm::isa_and_present<ir::ViewOpInterface>(op) && !shown_.contains(op);
         op = value.getDefiningOp())
      value = op->getOperand(0);
    return value;
  }

  void add_inputs(mlir::Block& body) {
    llvm::DenseSet<mlir::Value> read;
    for (mlir::Operation* op : shown_)
      for (mlir::Value operand : op->getOperands()) read.insert(source_of(operand));
    if (filter_.empty())
      for (mlir::Value result : body.getTerminator()->getOperands()) read.insert(result);
    for (mlir::BlockArgument argument : body.getArguments()) {
      if (!read.contains(argument)) continue;
      unsigned number = argument.getArgNumber();
      auto text = [&](llvm::StringRef attribute) {
        auto attr = function_.getArgAttrOfType<mlir::StringAttr>(number, attribute);
        return attr ? attr.getValue().str() : std::string();
      };
      GraphNode node{.kind = GraphNode::Kind::kInput,
                     .name = text(ir::kPathAttr),
                     .types = {argument.getType()}};
      node.is_state = !node.name.empty();
      if (node.name.empty()) node.name = text(ir::kNameAttr);
      if (node.name.empty()) node.name = "arg" + std::to_string(number);
      add(std::move(node), argument);
    }
  }

  void add_op(mlir::Operation* op) {
    GraphNode node{.name = op->getName().stripDialect().str(),
                   .path = ir::modulePath(op->getLoc()),
                   .source = ir::sourceLine(ir::innermostLocation(op->getLoc())),
                   .types = {op->result_type_begin(), op->result_type_end()},
                   .op = op};
    for (mlir::Value operand : op->getOperands()) read(operand, node);
    add(std::move(node), op->getResults());
  }

  void add_results(mlir::Operation* terminator) {
    for (mlir::OpOperand& operand : terminator->getOpOperands()) {
      unsigned number = operand.getOperandNumber();
      auto text = [&](llvm::StringRef attribute) {
        auto attr = function_.getResultAttrOfType<mlir::StringAttr>(number, attribute);
        return attr ? attr.getValue().str() : std::string();
      };
      GraphNode node{.kind = GraphNode::Kind::kResult,
                     .name = text(ir::kPathAttr),
                     .is_state = text(ir::kKindAttr) == "state" || text(ir::kKindAttr) == "grad",
                     .types = {operand.get().getType()}};
      if (node.name.empty()) node.name = text(ir::kNameAttr);
      if (text(ir::kKindAttr) == "grad") node.name += ".grad";
      if (node.name.empty()) node.name = "result " + std::to_string(number);
      read(operand.get(), node);
      add(std::move(node), {});
    }
  }

  void read(mlir::Value value, GraphNode& reader) const {
    if (auto node = nodes_of_.find(source_of(value)); node != nodes_of_.end())
      reader.inputs.push_back(node->second);
  }

  mlir::FunctionOpInterface function_;
  const std::string_view filter_;
  llvm::SetVector<mlir::Operation*> shown_;
  std::vector<GraphNode> nodes_;
  llvm::DenseMap<mlir::Value, int> nodes_of_;
};

// What a node leads to, through whatever reads it.
struct Use {
  bool elsewhere = false;       // something that is neither of no module nor state
  std::set<std::string> cells;  // the state that it gives new values, two of them at most
};

// The cells of a program by what they belong to: "h.0.qkv.weight" for itself and for its
// optimizer's "optim.exp_avg.h.0.qkv.weight".
std::string owner_of(std::string name, const std::set<std::string>& cells) {
  if (name.ends_with(".grad")) name.resize(name.size() - std::string_view(".grad").size());
  for (size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
    if (cells.contains(name.substr(dot + 1))) return name.substr(dot + 1);
  return name;
}

}  // namespace

std::vector<std::string> paths_with_updates(const std::vector<GraphNode>& nodes) {
  std::set<std::string> cells;
  for (const GraphNode& node : nodes)
    if (node.is_state) cells.insert(node.name);
  std::vector<std::string> paths;
  std::vector<Use> uses(nodes.size());
  for (int i = static_cast<int>(nodes.size()) - 1; i >= 0; --i) {
    const GraphNode& node = nodes[i];
    if (node.kind == GraphNode::Kind::kResult) {
      uses[i].elsewhere = !node.is_state;
      if (node.is_state) uses[i].cells = {owner_of(node.name, cells)};
    }
    for (int input : node.inputs) {
      Use& use = uses[input];
      use.elsewhere |= uses[i].elsewhere || !node.path.empty();
      for (const std::string& cell : uses[i].cells)
        if (use.cells.size() < 2) use.cells.insert(cell);
    }
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    bool updates = nodes[i].kind == GraphNode::Kind::kOp && nodes[i].path.empty() &&
                   !uses[i].elsewhere && !uses[i].cells.empty();
    std::string path = updates ? "(update)" : nodes[i].path;
    if (updates && uses[i].cells.size() == 1) path += "." + *uses[i].cells.begin();
    paths.push_back(std::move(path));
  }
  return paths;
}

std::vector<GraphNode> graph_of(mlir::FunctionOpInterface function, std::string_view filter) {
  return GraphBuilder(function, filter).build();
}

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

}  // namespace etch::tools
