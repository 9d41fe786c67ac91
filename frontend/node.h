// Nodes of the graph that backward walks: what computed a tensor that requires grad.
//
//   etch::autograd::Node node = loss.grad_fn();
//   std::cout << node << '\n';                                    // <MulBackward0>
//   for (const auto& edge : node.next_functions()) std::cout << edge.function << '\n';
#ifndef ETCH_FRONTEND_NODE_H_
#define ETCH_FRONTEND_NODE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "etch/frontend/hooks.h"
#include "etch/frontend/tensor.h"

namespace etch::autograd {

struct Edge;
struct NodeImpl;

// Gradients of a node's results or operands, in their order; an empty tensor where there is none.
using Gradients = std::vector<Tensor>;

// A handle: copies are the same node. It keeps the graph it belongs to, but no values, alive.
class Node {
 public:
  Node() = default;  // null: the grad_fn of leaves and of what does not require grad
  explicit operator bool() const { return impl_ != nullptr; }
  bool operator==(const Node& other) const;

  // The op in PyTorch's manner, "MatmulBackward0"; "AccumulateGrad" for what fills the `.grad` of a
  // leaf. Etch's ops are finer than PyTorch's: a composite such as gelu has a node for each of
  // its ops.
  std::string name() const;
  // The module path and source line that recorded it: "fc1 (model.cc:41)".
  std::string location() const;
  // Where the gradients of the op's operands go, in order of the operands; null for those that do
  // not require grad. Empty once backward has consumed the graph.
  std::vector<Edge> next_functions() const;
  // The leaf of an AccumulateGrad; empty for others.
  Tensor variable() const;

  // Called before the node runs, after hooks of its tensors. `fn` takes the gradients of the
  // results and returns nothing, or replacements: as many, of the same types.
  template <typename F>
  HookHandle register_prehook(F fn, HookOptions options = {}) const {
    return add_prehook(
        [fn = std::move(fn)](Gradients& outputs) mutable {
          frontend::call_and_replace(
              [&] { return fn(outputs); },
              [&](Gradients r) { outputs = replaced(outputs, std::move(r)); });
        },
        options);
  }
  // Called after the node has run. `fn` takes the gradients of the operands (none for an
  // AccumulateGrad) and those of the results, and returns nothing, or replacements of the former.
  template <typename F>
  HookHandle register_hook(F fn, HookOptions options = {}) const {
    return add_hook(
        [fn = std::move(fn)](Gradients& inputs, const Gradients& outputs) mutable {
          frontend::call_and_replace([&] { return fn(inputs, outputs); },
                                     [&](Gradients r) { inputs = replaced(inputs, std::move(r)); });
        },
        options);
  }

  // "<MatmulBackward0>"; "None" for null.
  std::string to_string() const;

  explicit Node(std::shared_ptr<NodeImpl> impl) : impl_(std::move(impl)) {}

 private:
  HookHandle add_prehook(std::function<void(Gradients&)> hook, const HookOptions& options) const;
  HookHandle add_hook(std::function<void(Gradients&, const Gradients&)> hook,
                      const HookOptions& options) const;
  // Throws etch::Error when the numbers differ.
  static Gradients replaced(const Gradients& gradients, Gradients replacement);

  std::shared_ptr<NodeImpl> impl_;
};

// `input_nr`: which result of `function` the gradient is of.
struct Edge {
  Node function;
  int input_nr = 0;
};

std::ostream& operator<<(std::ostream& os, const Node& node);

}  // namespace etch::autograd

#endif  // ETCH_FRONTEND_NODE_H_
