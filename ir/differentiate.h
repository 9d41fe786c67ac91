// Reverse-mode differentiation of the ops of one block. Here rather than in passes/, since the
// derivative of an op with regions needs it for its regions.
#ifndef ETCH_IR_DIFFERENTIATE_H_
#define ETCH_IR_DIFFERENTIATE_H_

#include <functional>

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace etch::ir {

// Called when the cotangent of `value` is complete (all its uses have contributed), before the op
// that defines `value` is differentiated. What it returns replaces the cotangent; it may build ops
// at `builder`. This is where gradient hooks enter the graph.
using CotangentHook =
    std::function<mlir::Value(mlir::OpBuilder& builder, mlir::Value value, mlir::Value cotangent)>;

struct GradientRequest {
  mlir::ValueRange outputs;     // values to differentiate
  mlir::ValueRange cotangents;  // one for each output, of its type
  mlir::ValueRange inputs;      // values to differentiate with respect to
  CotangentHook hook;           // may be empty
};

// Appends ops at `builder` that compute the cotangent of each input, and returns these in order;
// null for an input that no output depends on through differentiable ops. Only ops on a path from
// an input to an output get a backward: what is frozen costs nothing. All values lie in one block,
// and `builder` stands after the ops that define the outputs. Ops keep the location of the op they
// differentiate. Fails with a diagnostic at an op that is active but has no derivative rule.
//
// The order of the ops it builds follows from the graph alone (a walk from the outputs), not from
// the order in which the program's ops were recorded.
mlir::FailureOr<llvm::SmallVector<mlir::Value>> differentiate(mlir::OpBuilder& builder,
                                                              const GradientRequest& request);

}  // namespace etch::ir

#endif  // ETCH_IR_DIFFERENTIATE_H_
