// Which values of a trace gradients flow to.
#ifndef ETCH_FRONTEND_TRACKING_H_
#define ETCH_FRONTEND_TRACKING_H_

#include "etch/frontend/trace.h"

namespace etch::frontend {

// Answers for values of one trace as it is now; remembers what it has seen.
class Tracking {
 public:
  // Leaves that require grad count, and so do live variables of enclosing transforms (transforms.h)
  // but for those in `transparent`.
  explicit Tracking(Trace& trace, const std::vector<Tensor>& transparent = {});

  // Whether `value` depends on such a leaf through differentiable ops.
  bool operator()(mlir::Value value);
  // The tensor that collects gradients as `value`, a leaf or an input with a history; or null.
  TensorPtr end_of(mlir::Value value) const { return ends_.lookup(value); }

 private:
  bool is_known(mlir::Value value, bool& tracked) const;

  llvm::DenseMap<mlir::Value, TensorPtr> ends_;
  llvm::DenseMap<mlir::Operation*, bool> tracked_;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_TRACKING_H_
