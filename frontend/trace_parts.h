// What a trace keeps besides ops.
#ifndef ETCH_FRONTEND_TRACE_PARTS_H_
#define ETCH_FRONTEND_TRACE_PARTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "etch/frontend/tap.h"
#include "etch/frontend/tensor_impl.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace etch::frontend {

// What an argument of the recorded function stands for.
struct TraceInput {
  enum class Kind : uint8_t {
    kPlaceholder,  // an argument of etch::compile or etch::trace
    kTensor,       // the value of a concrete tensor, a state cell or not
    kGrad,         // the gradient slot of `tensor`
    kNumber,       // a host scalar of eager-looking code
    kOuter,        // a value of the enclosing trace, in a branch
  };
  Kind kind;
  mlir::Value value = {};
  TensorPtr tensor = {};  // kPlaceholder, kTensor, kGrad
  // kTensor: what it held when it was read.
  std::shared_ptr<runtime::Storage> storage = {};
  uint64_t version = 0;
  double number = 0;
  mlir::Value outer = {};  // kOuter
};

// What a tensor holds within the trace, once it was read or written there.
struct ValueSlot {
  TensorPtr owner;
  mlir::Value value;
  mlir::Value initial;  // the function argument; null when it was written before it was read
  bool written = false;
};

// The same for a gradient slot. An empty slot has no `grad`.
struct GradSlot {
  TensorPtr owner;
  TensorPtr grad;
  mlir::Value initial;
  bool written = false;
  // Whether the trace depends on the slot having been empty or not at entry.
  bool asked = false;
  bool was_empty = true;
};

// A value that stands for a tensor that collects gradients.
struct Leaf {
  std::weak_ptr<TensorImpl> tensor;
  mlir::Value value;
};

// Train/eval modes, hooks and the like, see frontend::observe.
struct Observation {
  std::string what;
  std::weak_ptr<void> owner;
  std::string (*read)(const void* owner);
  std::string value;
};

// See record_tap.
struct Tap {
  std::string name;
  std::vector<mlir::Value> values;
  TapFunction fn;
};

// The draws from one random state, see draws.h.
struct Draw {
  mlir::Operation* offset;  // the constant that says where it begins
  mlir::Operation* op;
  int64_t count;
};
struct DrawChain {
  std::weak_ptr<TensorImpl> state;
  mlir::Value base;   // before the first
  mlir::Value after;  // behind the last
  int64_t total = 0;
  std::vector<Draw> draws;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TRACE_PARTS_H_
