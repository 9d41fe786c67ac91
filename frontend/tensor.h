// Tensor: a cheap handle to values of static shape and dtype, concrete or still to be computed.
#ifndef ETCH_FRONTEND_TENSOR_H_
#define ETCH_FRONTEND_TENSOR_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "etch/frontend/error.h"
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
class Tensor {
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

  // Autograd, with PyTorch's meaning.
  bool requires_grad() const;
  Tensor& requires_grad_(bool value = true);  // leaves only
  bool is_leaf() const;
  void retain_grad() const;  // backward fills `.grad` though this is no leaf
  bool retains_grad() const;
  Tensor grad() const;                // undefined before backward
  void set_grad(const Tensor& grad);  // an undefined tensor empties it
  void backward(std::optional<Tensor> v = std::nullopt, bool retain_graph = false,
                std::source_location loc = std::source_location::current()) const;
  Tensor detach() const;

  // Replaces the value (state cells and leaves), keeping identity, shape and dtype.
  void assign(const Tensor& value, std::source_location loc = std::source_location::current());

  // The dotted path of a state cell; empty for others.
  std::string path() const;
  bool is_cell() const;
  // The same object, not the same value.
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  // Members that mirror free functions of ops.h.
  Tensor sum(std::vector<int64_t> dims = {}, bool keepdim = false,
             std::source_location loc = std::source_location::current()) const;
  Tensor mean(std::vector<int64_t> dims = {}, bool keepdim = false,
              std::source_location loc = std::source_location::current()) const;
  Tensor reshape(Shape shape, std::source_location loc = std::source_location::current()) const;
  Tensor view(Shape shape, std::source_location loc = std::source_location::current()) const;
  Tensor transpose(int64_t a, int64_t b,
                   std::source_location loc = std::source_location::current()) const;
  Tensor permute(std::vector<int64_t> dims,
                 std::source_location loc = std::source_location::current()) const;
  Tensor to(DType dtype, std::source_location loc = std::source_location::current()) const;

  // For the library's own code.
  explicit Tensor(std::shared_ptr<frontend::TensorImpl> impl) : impl_(std::move(impl)) {}
  const std::shared_ptr<frontend::TensorImpl>& impl() const { return impl_; }

 private:
  std::shared_ptr<frontend::TensorImpl> impl_;
};

std::ostream& operator<<(std::ostream& os, const Tensor& tensor);

// Runs the pending trace of this thread; `tensors` (if any) are concrete afterwards.
void eval(std::span<const Tensor> tensors = {});
inline void eval(const Tensor& tensor) { eval(std::span<const Tensor>(&tensor, 1)); }

// Within the scope nothing recorded on this thread requires grad.
class NoGradGuard {
 public:
  NoGradGuard();
  ~NoGradGuard();
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool previous_;
};
using no_grad = NoGradGuard;

}  // namespace etch

#endif  // ETCH_FRONTEND_TENSOR_H_
