#include "etch/frontend/node.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "etch/frontend/node_impl.h"
#include "etch/frontend/tracking.h"
#include "etch/ir/program.h"

namespace etch {

using autograd::Edge;
using autograd::Gradients;
using autograd::Node;
using autograd::NodeImpl;
using frontend::Site;
using frontend::TensorImpl;
using frontend::TensorPtr;
using frontend::Trace;

namespace frontend {

// "etch.reduce_sum" as "ReduceSumBackward0".
std::string node_name(mlir::Operation* op) {
  std::string name;
  bool starts_word = true;
  for (char c : op->getName().stripDialect()) {
    if (c != '_') name += starts_word ? static_cast<char>(std::toupper(c)) : c;
    starts_word = c == '_';
  }
  return name + "Backward0";
}

}  // namespace frontend

namespace {

constexpr Site kSite{"register_hook", std::source_location()};

[[noreturn]] void fail_untracked(const Site& site) {
  frontend::fail(site, "cannot register a hook on a tensor that doesn't require gradient");
}

// A region of a control op is differentiated apart: no hook of this trace would be called.
void require_no_branch(const Site& site, const Trace& trace) {
  if (trace.is_branch()) {
    frontend::fail(site,
                   "a hook on gradients has no effect within a branch of etch::cond or the body of "
                   "a loop; register it on what comes in or goes out");
  }
}

frontend::LeafHooks& hooks_of_leaf(TensorImpl& leaf) {
  if (leaf.hooks == nullptr) leaf.hooks = std::make_shared<frontend::LeafHooks>();
  return *leaf.hooks;
}

Node node_of(std::shared_ptr<Trace> trace, mlir::Value value) {
  mlir::Operation* op = value.getDefiningOp();
  if (op == nullptr) return Node();
  return Node(std::make_shared<NodeImpl>(NodeImpl{std::move(trace), op, nullptr, ""}));
}

Node node_of(const TensorPtr& tensor) {
  if (!tensor->requires_grad) return Node();
  if (tensor->is_leaf)
    return Node(std::make_shared<NodeImpl>(NodeImpl{nullptr, nullptr, tensor, ""}));
  if (tensor->trace != nullptr) return node_of(tensor->trace, tensor->value);
  if (tensor->history != nullptr) return node_of(tensor->history, tensor->history_value);
  return Node(std::make_shared<NodeImpl>(NodeImpl{nullptr, nullptr, nullptr, tensor->freed_node}));
}

frontend::NodeHooks* hooks_of(const NodeImpl& node) {
  if (node.leaf != nullptr) return &hooks_of_leaf(*node.leaf).node;
  if (node.trace == nullptr) return nullptr;
  require_no_branch(kSite, *node.trace);
  return &node.trace->node_hooks()[node.op];
}

// The list that backward looks at for `tensor`; null when the graph has been freed.
std::shared_ptr<frontend::TensorHooks> hooks_of(const TensorPtr& tensor) {
  if (!tensor->requires_grad) fail_untracked(kSite);
  if (tensor->is_leaf) return hooks_of_leaf(*tensor).tensor;
  Trace* trace = tensor->trace != nullptr ? tensor->trace.get() : tensor->history.get();
  if (trace == nullptr) return nullptr;
  require_no_branch(kSite, *trace);
  mlir::Value value = tensor->trace != nullptr ? tensor->value : tensor->history_value;
  std::shared_ptr<frontend::TensorHooks>& hooks = trace->tensor_hooks()[value];
  if (hooks == nullptr) hooks = std::make_shared<frontend::TensorHooks>();
  return hooks;
}

}  // namespace

Node Tensor::grad_fn() const {
  if (!defined()) frontend::fail({"grad_fn", std::source_location()}, "the tensor is empty");
  return is_leaf() ? Node() : node_of(impl_);
}

HookHandle Tensor::register_hook(TensorHook hook, HookOptions options) const {
  if (!defined()) frontend::fail(kSite, "the tensor is empty");
  std::shared_ptr<frontend::TensorHooks> hooks = hooks_of(impl_);
  return hooks == nullptr ? HookHandle() : hooks->add(std::move(hook), options);
}

HookHandle Tensor::register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook,
                                                      HookOptions options) const {
  Site site{"register_post_accumulate_grad_hook", std::source_location()};
  if (!defined()) frontend::fail(site, "the tensor is empty");
  if (!impl_->requires_grad) fail_untracked(site);
  if (!impl_->is_leaf) {
    frontend::fail(site,
                   "post accumulate grad hooks cannot be registered on non-leaf tensors; "
                   "retain_grad and a hook of the node see theirs");
  }
  return hooks_of_leaf(*impl_).post_accumulate->add(std::move(hook), options);
}

namespace autograd {

bool Node::operator==(const Node& other) const {
  if (impl_ == nullptr || other.impl_ == nullptr) return impl_ == other.impl_;
  return impl_ == other.impl_ ||
         (impl_->op == other.impl_->op && impl_->leaf == other.impl_->leaf &&
          (impl_->op != nullptr || impl_->leaf != nullptr));
}

std::string Node::name() const {
  if (impl_ == nullptr) return "";
  if (impl_->leaf != nullptr) return "AccumulateGrad";
  return impl_->op != nullptr ? frontend::node_name(impl_->op) : impl_->freed_name;
}

std::string Node::location() const {
  if (impl_ == nullptr) return "";
  if (impl_->leaf != nullptr) return frontend::describe(*impl_->leaf);
  if (impl_->op == nullptr) return "";
  std::string path = ir::modulePath(impl_->op->getLoc());
  std::string line = ir::sourceLine(impl_->op->getLoc());
  return absl::StrCat(path, path.empty() || line.empty() ? "" : " ",
                      line.empty() ? "" : absl::StrCat("(", line, ")"));
}

std::vector<Edge> Node::next_functions() const {
  std::vector<Edge> edges;
  if (impl_ == nullptr || impl_->op == nullptr) return edges;
  frontend::Tracking is_tracked(*impl_->trace);
  for (mlir::Value operand : impl_->op->getOperands()) {
    Edge& edge = edges.emplace_back();
    if (!is_tracked(operand)) continue;
    TensorPtr end = is_tracked.end_of(operand);
    bool leads_out = end != nullptr && (end->is_leaf || operand.getDefiningOp() == nullptr);
    edge.function = leads_out ? node_of(end) : node_of(impl_->trace, operand);
    mlir::Value value = leads_out ? end->history_value : operand;
    if (auto result = llvm::dyn_cast_or_null<mlir::OpResult>(value))
      edge.input_nr = static_cast<int>(result.getResultNumber());
  }
  return edges;
}

Tensor Node::variable() const { return impl_ == nullptr ? Tensor() : Tensor(impl_->leaf); }

std::string Node::to_string() const {
  return impl_ == nullptr ? "None" : absl::StrCat("<", name(), ">");
}

std::ostream& operator<<(std::ostream& os, const Node& node) { return os << node.to_string(); }

HookHandle Node::add_prehook(std::function<void(Gradients&)> hook,
                             const HookOptions& options) const {
  if (impl_ == nullptr) fail_untracked(kSite);
  frontend::NodeHooks* hooks = hooks_of(*impl_);
  return hooks == nullptr ? HookHandle() : hooks->pre->add(std::move(hook), options);
}

HookHandle Node::add_hook(std::function<void(Gradients&, const Gradients&)> hook,
                          const HookOptions& options) const {
  if (impl_ == nullptr) fail_untracked(kSite);
  frontend::NodeHooks* hooks = hooks_of(*impl_);
  return hooks == nullptr ? HookHandle() : hooks->post->add(std::move(hook), options);
}

Gradients Node::replaced(const Gradients& gradients, Gradients replacement) {
  if (replacement.size() != gradients.size()) {
    frontend::fail(kSite, absl::StrCat("a hook of a node returned ", replacement.size(),
                                       " gradients to replace ", gradients.size()));
  }
  return replacement;
}

}  // namespace autograd
}  // namespace etch
