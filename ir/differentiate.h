// Reverse-mode differentiation of the ops of one block. Here rather than in passes/, since the
// derivative of an op with regions needs it for its regions.
#ifndef ETCH_IR_DIFFERENTIATE_H_
#define ETCH_IR_DIFFERENTIATE_H_

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace etch::ir {

// Where gradient hooks enter the graph. What they build at the insertion point becomes part of the
// backward; a failure ends it.
class GradientHooks {
 public:
  virtual ~GradientHooks() = default;
  // `cotangent` of `value` is complete: all its uses have contributed. What is returned replaces
  // it.
  virtual mlir::FailureOr<mlir::Value> completed(mlir::Value value, mlir::Value cotangent) {
    return cotangent;
  }
  // `op` is differentiated next. `dy` are the cotangents of its results, null where none arrived;
  // they may be replaced.
  virtual mlir::LogicalResult enter(mlir::Operation* op, llvm::SmallVector<mlir::Value>& dy) {
    return mlir::success();
  }
  // `op` has been differentiated. `dx` are the cotangents of its operands, null for those that are
  // frozen; they may be replaced.
  virtual mlir::LogicalResult leave(mlir::Operation* op, llvm::SmallVector<mlir::Value>& dx,
                                    llvm::ArrayRef<mlir::Value> dy) {
    return mlir::success();
  }
};

struct GradientRequest {
  mlir::ValueRange outputs;     // values to differentiate
  mlir::ValueRange cotangents;  // one for each output, of its type
  mlir::ValueRange inputs;      // values to differentiate with respect to
  GradientHooks* hooks = nullptr;
};

// Appends ops at `builder` that compute the cotangent of each input, and returns these in order;
// null for an input that no output depends on through differentiable ops. Only ops on a path from
// an input to an output get a backward: what is frozen costs nothing. All values lie in one block,
// and `builder` stands after the ops that define the outputs. Ops keep the location of the op they
// differentiate. Fails with a diagnostic at an op that is active but has no derivative rule, and
// where a hook fails.
//
// The cotangent of an input that no op computes is complete as soon as its last use has been
// differentiated. The order of the ops that are built follows from the graph alone (a walk from the
// outputs), not from the order in which the program's ops were recorded.
mlir::FailureOr<llvm::SmallVector<mlir::Value>> differentiate(mlir::OpBuilder& builder,
                                                              const GradientRequest& request);

}  // namespace etch::ir

#endif  // ETCH_IR_DIFFERENTIATE_H_
