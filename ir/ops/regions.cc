// Verifiers and derivatives of ops that hold a computation whose derivative is not that of its
// parts.
#include "etch/ir/build.h"
#include "etch/ir/differentiate.h"
#include "etch/ir/ops/region_rules.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::LogicalResult;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

// ---- checkpoint

LogicalResult CheckpointOp::verify() {
  // checkpoint_c1
  if (failed(verifyArguments(*this, getBody(), "body", getInputs().getTypes())))
    return mlir::failure();
  return verifyYield(*this, getBody(), "body", getResultTypes());
}

SmallVector<Value> CheckpointOp::decompose(OpBuilder& b) {
  return cloneBlock(b, getBody().front(), getInputs());
}

// With results = f(inputs): f again, of inputs that nothing is known of until the cotangents are
// there, and its backward.
SmallVector<Value> CheckpointOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  SmallVector<Value> inputs, outputs, dout, wanted;
  for (Value cotangent : cotangents)
    if (isFloatTensor(cotangent)) dout.push_back(cotangent);
  for (Value input : getInputs()) {
    inputs.push_back(e.make<BarrierOp>(input, dout));
    if (isFloatTensor(input)) wanted.push_back(inputs.back());
  }
  for (Value output : cloneBlock(b, getBody().front(), inputs))
    if (isFloatTensor(output)) outputs.push_back(output);
  auto gradients = differentiate(b, {.outputs = outputs, .cotangents = dout, .inputs = wanted});
  if (failed(gradients)) return {};  // the diagnostic stands at the op inside
  SmallVector<Value> result;
  size_t next = 0;
  for (Value input : getInputs())
    result.push_back(isFloatTensor(input) ? (*gradients)[next++] : Value());
  return result;
}

// ---- custom_vjp

LogicalResult CustomVjpOp::verify() {
  mlir::TypeRange inputs = getInputs().getTypes(), results = getResultTypes();
  // custom_vjp_c1
  if (failed(verifyArguments(*this, getForward(), "forward", getOperandTypes())) ||
      failed(verifyYield(*this, getForward(), "forward", results)))
    return mlir::failure();
  // custom_vjp_c2
  SmallVector<Type> takes = joinTypes(joinTypes(inputs, results), results);
  llvm::append_range(takes, getCaptures().getTypes());
  if (failed(verifyArguments(*this, getBackward(), "backward", takes))) return mlir::failure();
  return verifyYield(*this, getBackward(), "backward", inputs);
}

SmallVector<Value> CustomVjpOp::decompose(OpBuilder& b) {
  return cloneBlock(b, getForward().front(), getOperands());
}

SmallVector<Value> CustomVjpOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  SmallVector<Value> arguments = llvm::to_vector(getInputs());
  llvm::append_range(arguments, getResults());
  llvm::append_range(arguments, cotangents);
  llvm::append_range(arguments, getCaptures());
  SmallVector<Value> result = cloneBlock(b, getBackward().front(), arguments);
  for (auto [gradient, input] : llvm::zip(result, getInputs()))
    if (!isFloatTensor(input)) gradient = nullptr;
  result.resize(getNumOperands());
  return result;
}

// ---- barrier

LogicalResult BarrierOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location>,
                                          Adaptor adaptor, llvm::SmallVectorImpl<Type>& types) {
  types.push_back(adaptor.getInput().getType());  // barrier_c1
  return mlir::success();
}

FusionRole BarrierOp::getFusionRole() { return FusionRole::kView; }

mlir::FailureOr<StridedLayout> BarrierOp::viewLayout(const StridedLayout& source) { return source; }

SmallVector<Value> BarrierOp::buildVjp(OpBuilder&, ValueRange dy) {
  SmallVector<Value> result(getNumOperands());
  result[0] = dy[0];
  return result;
}

}  // namespace etch::ir
