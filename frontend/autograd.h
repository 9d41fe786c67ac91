// Gradients as values. Tensor::backward() writes them to `.grad` of leaves instead.
#ifndef ETCH_FRONTEND_AUTOGRAD_H_
#define ETCH_FRONTEND_AUTOGRAD_H_

#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::autograd {

struct GradOptions {
  // Cotangents of the outputs; empty: ones, and then every output has one element.
  std::vector<Tensor> grad_outputs = {};
  // What computed the outputs stays, so that they can be differentiated once more.
  bool retain_graph = false;
  // The gradients require grad themselves; implies retain_graph.
  bool create_graph = false;
  // An input that no output depends on gets an undefined tensor; without this it is an error.
  bool allow_unused = false;
  // Such an input gets zeros instead; implies allow_unused.
  bool materialize_grads = false;
};

// d(sum of outputs, weighted by grad_outputs) / d(input), one for each input, of its shape. `.grad`
// of leaves is left alone; hooks of tensors on the way to the inputs run.
// Throws etch::Error, in PyTorch's words, when an output does not require grad, is no scalar and
// has no cotangent, or was differentiated before without retain_graph; when an input does not
// require grad, or is not used.
std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options = {},
                         std::source_location loc = std::source_location::current());

// Tensor::backward() for several outputs at once; `grad_outputs` are empty, or one for each output.
void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& grad_outputs = {},
              const BackwardOptions& options = {},
              std::source_location loc = std::source_location::current());

}  // namespace etch::autograd

#endif  // ETCH_FRONTEND_AUTOGRAD_H_
