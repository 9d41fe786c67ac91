// Tensor: a cheap handle to values of static shape and dtype, concrete or still to be computed.
#ifndef ETCH_FRONTEND_TENSOR_H_
#define ETCH_FRONTEND_TENSOR_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "etch/frontend/error.h"
#include "etch/frontend/grad_mode.h"
#include "etch/frontend/hooks.h"
#include "etch/frontend/tensor_functions.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"
#include "etch/runtime/tensor_view.h"

namespace etch {

namespace frontend {
struct TensorImpl;
}
namespace runtime {
class Storage;
}
namespace autograd {
class Node;
}
struct BackwardOptions;

// Copies of a Tensor are the same tensor. It is one of
//  - concrete: it has values in memory;
//  - deferred: the result of an op recorded in this thread's pending trace. Reading a value
//    (`item`, `to_vector`, `view`, printing, etch::eval) compiles and runs the pending trace once,
//    for all handles still held and all state written;
//  - traced: a value inside etch::compile or etch::trace. Reading it throws etch::Error;
//  - a state cell (a module's parameter or buffer, an optimizer slot, a random state): reading it
//    in a trace makes it an input of the program, `assign` an output.
// Shape and dtype are always known. Handles may be copied and destroyed from any thread; recording
// ops on a deferred tensor belongs to the thread that made it.
class Tensor : public TensorFunctions {
 public:
  Tensor() = default;  // empty: `defined()` is false, every other member throws

  // A concrete tensor with a copy of `values`, whose number must be that of `shape`.
  template <typename T>
  static Tensor from_data(std::span<const T> values, Shape shape);
  template <typename T>
  static Tensor from_data(const std::vector<T>& values, Shape shape) {
    return from_data(std::span<const T>(values), std::move(shape));
  }
  static Tensor from_bytes(const void* data, DType dtype, Shape shape);
  // A concrete tensor on `storage`, without a copy. Its bytes must not change any more; those of
  // bool are 0 or 1. Throws etch::Error when its size is not that of `shape`.
  static Tensor from_storage(std::shared_ptr<runtime::Storage> storage, DType dtype, Shape shape);
  static Tensor scalar(double value, DType dtype = f32);

  bool defined() const { return impl_ != nullptr; }
  const Shape& shape() const;
  int64_t size(int64_t dim) const;  // negative counts from the end
  int64_t dim() const;              // the number of dimensions
  int64_t numel() const;
  DType dtype() const;

  // Reading. Each runs the pending trace when needed; throws inside compile and trace, naming the
  // source line and the way out (etch::where, etch::cond, a tap).
  template <typename T>
  T item(std::source_location loc = std::source_location::current()) const;  // one element only
  template <typename T>
  std::vector<T> to_vector(std::source_location loc = std::source_location::current()) const;
  // Valid as long as the tensor's value is not replaced.
  TensorView view(std::source_location loc = std::source_location::current()) const;
  std::string to_string(std::source_location loc = std::source_location::current()) const;
  // `if (tensor)`: the truth of its one element.
  explicit operator bool() const;

  // Autograd, with PyTorch's meaning and words. See autograd.h, transforms.h.
  bool requires_grad() const;
  Tensor& requires_grad_(bool value = true);  // leaves only
  bool is_leaf() const;
  void retain_grad() const;  // backward fills `.grad` though this is no leaf
  bool retains_grad() const;
  Tensor grad() const;                // undefined before backward
  void set_grad(const Tensor& grad);  // an undefined tensor empties it
  // Adds d(this)/d(leaf), weighted by the cotangent `v` where this is no scalar, to the `.grad` of
  // each leaf that requires grad. It is the derivative at the values that were computed with: what
  // has been assigned to since does not matter.
  void backward(std::optional<Tensor> v = std::nullopt,
                std::source_location loc = std::source_location::current()) const;
  void backward(std::optional<Tensor> v, const BackwardOptions& options,
                std::source_location loc = std::source_location::current()) const;
  Tensor detach() const;
  // What computed this; null for leaves. See node.h.
  autograd::Node grad_fn() const;
  // Hooks on the gradient of this tensor, called when it is complete: see TensorHook in hooks.h.
  // They stay with a leaf, and with the graph that computed any other tensor. A hook that holds the
  // tensor it is registered on keeps the graph alive. Throws etch::Error for what is computed
  // within a branch of etch::cond or the body of a loop: those are recorded once and have no
  // backward of their own until the whole is differentiated. Hook what goes in or comes out.
  HookHandle register_hook(TensorHook hook, HookOptions options = {}) const;
  // Leaves only: `hook` gets this tensor once `.grad` has been accumulated.
  HookHandle register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook,
                                                HookOptions options = {}) const;

  // Replaces the value (state cells and leaves), keeping identity, shape and dtype.
  void assign(const Tensor& value, std::source_location loc = std::source_location::current());

  // In place, with PyTorch's meaning: this tensor, and with it each copy of the handle, has the
  // values of `value` from here on, cast and broadcast to its own dtype and shape. Writes a state
  // cell; gradients flow through computed tensors. Throws etch::Error for a leaf that requires grad
  // outside no_grad. See also +=, -=, *= and /= (ops/arithmetic.h).
  Tensor& copy_(const Tensor& value, std::source_location loc = std::source_location::current());
  Tensor& fill_(double value, std::source_location loc = std::source_location::current());
  Tensor& zero_(std::source_location loc = std::source_location::current());

  // The dotted path of a state cell; empty for others.
  std::string path() const;
  bool is_cell() const;
  // The same object, not the same value.
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  // reshape
  Tensor view(Shape shape, std::source_location loc = std::source_location::current()) const;

  // For the library's own code.
  explicit Tensor(std::shared_ptr<frontend::TensorImpl> impl) : impl_(std::move(impl)) {}
  const std::shared_ptr<frontend::TensorImpl>& impl() const { return impl_; }

 private:
  std::shared_ptr<frontend::TensorImpl> impl_;
};

struct BackwardOptions {
  // What computed this stays, so that it can be differentiated once more.
  bool retain_graph = false;
  // Gradients require grad themselves, for derivatives of higher order; implies retain_graph.
  bool create_graph = false;
  // Accumulates into the `.grad` of these alone, leaves or not. Empty: into that of all leaves.
  std::vector<Tensor> inputs = {};
};

std::ostream& operator<<(std::ostream& os, const Tensor& tensor);

// Runs the pending trace of this thread; `tensors` (if any) are concrete afterwards.
void eval(std::span<const Tensor> tensors = {});
inline void eval(const Tensor& tensor) { eval(std::span<const Tensor>(&tensor, 1)); }

}  // namespace etch

#endif  // ETCH_FRONTEND_TENSOR_H_
