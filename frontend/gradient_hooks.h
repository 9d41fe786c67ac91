// Where hooks on gradients are kept: with the tensor for leaves, which live longer than a trace;
// with the trace for all others, whose handles may be gone when backward comes.
#ifndef ETCH_FRONTEND_GRADIENT_HOOKS_H_
#define ETCH_FRONTEND_GRADIENT_HOOKS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "etch/frontend/hooks.h"
#include "etch/frontend/tensor.h"

namespace etch::frontend {

// Gradients in the order of an op's operands or results; empty tensors where there is none.
using Gradients = std::vector<Tensor>;

using TensorHooks = HookList<TensorHook>;
using NodePreHooks = HookList<std::function<void(Gradients& grad_outputs)>>;
using NodePostHooks =
    HookList<std::function<void(Gradients& grad_inputs, const Gradients& grad_outputs)>>;
using PostAccumulateHooks = HookList<std::function<void(const Tensor& leaf)>>;

struct NodeHooks {
  std::shared_ptr<NodePreHooks> pre = std::make_shared<NodePreHooks>();
  std::shared_ptr<NodePostHooks> post = std::make_shared<NodePostHooks>();
};

// `node` is the one that accumulates into `.grad`.
struct LeafHooks {
  std::shared_ptr<TensorHooks> tensor = std::make_shared<TensorHooks>();
  NodeHooks node;
  std::shared_ptr<PostAccumulateHooks> post_accumulate = std::make_shared<PostAccumulateHooks>();

  // What a program whose backward has called them depends on; empty without hooks.
  std::string ids() const {
    if (tensor->empty() && node.pre->empty() && node.post->empty() && post_accumulate->empty())
      return "";
    return tensor->ids() + node.pre->ids() + node.post->ids() + post_accumulate->ids();
  }
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_GRADIENT_HOOKS_H_
