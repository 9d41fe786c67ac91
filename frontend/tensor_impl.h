// What a Tensor points to. Internal: includes MLIR.
#ifndef ETCH_FRONTEND_TENSOR_IMPL_H_
#define ETCH_FRONTEND_TENSOR_IMPL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "etch/frontend/state.h"
#include "etch/frontend/tensor.h"
#include "etch/runtime/storage.h"
#include "mlir/IR/Value.h"

namespace etch::frontend {

class Trace;
struct LeafHooks;

struct Cell {
  CellKind kind;
  std::string path;
  std::vector<std::string> aliases = {};  // the further paths of a tied cell
};

// A tensor is concrete (`storage`), or the value of an op recorded in `trace`. A concrete one may
// be given another value within a trace; until the trace has run, the trace alone knows it.
struct TensorImpl {
  DType dtype = f32;
  Shape shape;

  bool requires_grad = false;
  bool is_leaf = true;
  bool retains_grad = false;
  // What computed this tensor, as Node::name() says it, once backward has consumed that.
  std::string freed_node;

  std::shared_ptr<runtime::Storage> storage;
  uint64_t version = 0;  // of the contents of `storage`, see runtime::next_version

  std::shared_ptr<Trace> trace;
  mlir::Value value;

  // How a concrete tensor that requires grad was computed, for a backward that comes later.
  std::shared_ptr<Trace> history;
  mlir::Value history_value;

  std::shared_ptr<TensorImpl> grad;
  std::shared_ptr<LeafHooks> hooks;  // of a leaf that has some
  std::unique_ptr<Cell> cell;        // null for tensors that are no state

  bool is_concrete() const { return trace == nullptr; }
};

using TensorPtr = std::shared_ptr<TensorImpl>;

// `tensor` of the element type and shape, with uninitialized storage. Throws etch::Error when
// memory is short.
TensorPtr new_concrete(DType dtype, Shape shape);
std::shared_ptr<runtime::Storage> allocate_storage(DType dtype, const Shape& shape);

// The name of a tensor in messages: its path where it has one, else "tensor f32 [2, 3]".
std::string describe(const TensorImpl& tensor);
// "f32 [2, 3]"
std::string describe_type(DType dtype, const Shape& shape);
std::string describe_type(mlir::Type type);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TENSOR_IMPL_H_
