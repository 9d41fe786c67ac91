// Computes what a pending trace has recorded.
#ifndef ETCH_FRONTEND_EVALUATE_H_
#define ETCH_FRONTEND_EVALUATE_H_

#include "etch/frontend/scope.h"
#include "etch/frontend/tensor_impl.h"
#include "llvm/ADT/ArrayRef.h"

namespace etch::frontend {

// Runs this thread's pending trace, if there is one: afterwards every tensor that somebody holds is
// concrete and every state cell written has its new value. When that fails, cells and gradients are
// as before the trace, its tensors are lost, and etch::Error is thrown.
void flush_pending(const Site& site);

// Called before an op on `operands` is recorded. Runs the pending trace when the op begins the next
// step of a training loop, that is, reads a parameter that the trace has updated, with gradients
// on: so the loop's body is one program, the same in each iteration, whether or not the loop reads
// a value. Also when the trace has grown very long.
void flush_at_boundary(llvm::ArrayRef<Tensor> operands);

// While it lives, flush_at_boundary does nothing, and reading what is not computed yet is an error:
// for code that holds on to values of a trace.
class HoldFlushScope {
 public:
  HoldFlushScope();
  ~HoldFlushScope();
  HoldFlushScope(const HoldFlushScope&) = delete;
  HoldFlushScope& operator=(const HoldFlushScope&) = delete;
};

// `tensor` with storage, evaluated when needed. Throws inside etch::compile and etch::trace.
const TensorImpl& concrete(const Tensor& tensor, const Site& site);

// The value of `tensor` computed apart from the explicit trace it was recorded in, which it may
// depend on only through constants and concrete tensors.
TensorPtr evaluate_apart(const Tensor& tensor, const Site& site);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_EVALUATE_H_
