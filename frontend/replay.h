// Records again, in another trace, what a trace has recorded.
#ifndef ETCH_FRONTEND_REPLAY_H_
#define ETCH_FRONTEND_REPLAY_H_

#include <functional>
#include <vector>

#include "etch/frontend/trace.h"
#include "mlir/IR/IRMapping.h"

namespace etch::frontend {

class Replay {
 public:
  // `bind` gives the value in `target` of an input of `source`.
  using BindInput = std::function<mlir::Value(const TraceInput& input)>;
  Replay(Trace& source, Trace& target, BindInput bind)
      : source_(source), target_(target), bind_(std::move(bind)) {}

  // The values of `target` that stand for `values` of `source`. Call once.
  std::vector<mlir::Value> operator()(const std::vector<mlir::Value>& values);

  // What stands for `value`; null when `values` did not depend on it.
  mlir::Value find(mlir::Value value) const { return mapping_.lookupOrNull(value); }
  // The op of `source` that `copy` repeats; null for others.
  mlir::Operation* original(mlir::Operation* copy) const { return originals_.lookup(copy); }

 private:
  Trace& source_;
  Trace& target_;
  BindInput bind_;
  mlir::IRMapping mapping_;
  llvm::DenseMap<mlir::Operation*, mlir::Operation*> originals_;
};

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_REPLAY_H_
