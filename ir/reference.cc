#include "etch/ir/reference.h"

#include <memory>

#include "etch/ir/dialect.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace etch::ir {
namespace {

// The values of one block that somebody still needs.
class Environment {
 public:
  void borrow(Value value, const ReferenceTensor* tensor) { values_[value] = tensor; }
  void own(Value value, ReferenceTensor tensor) {
    auto& slot = owned_[value];
    slot = std::make_unique<ReferenceTensor>(std::move(tensor));
    values_[value] = slot.get();
  }
  const ReferenceTensor* get(Value value) const { return values_.lookup(value); }
  // Drops the operands that `op` is the last to use, and results that nobody uses.
  void release(Operation& op) {
    for (Value operand : op.getOperands())
      if (lastUser(operand, op.getBlock()) == &op) drop(operand);
    for (Value result : op.getResults())
      if (result.use_empty()) drop(result);
  }

 private:
  void drop(Value value) {
    values_.erase(value);
    owned_.erase(value);
  }
  Operation* lastUser(Value value, Block* block) {
    auto [it, inserted] = lastUsers_.try_emplace(value, nullptr);
    if (inserted)
      for (Operation* user : value.getUsers())
        if (user->getBlock() == block && (!it->second || it->second->isBeforeInBlock(user)))
          it->second = user;
    return it->second;
  }

  llvm::DenseMap<Value, const ReferenceTensor*> values_;
  llvm::DenseMap<Value, std::unique_ptr<ReferenceTensor>> owned_;
  llvm::DenseMap<Value, Operation*> lastUsers_;
};

void evaluateElementwise(ElementwiseOpInterface op, ArrayRef<const ReferenceTensor*> operands,
                         ReferenceTensor& result) {
  SmallVector<Scalar, 4> args(operands.size());
  for (int64_t i = 0, n = result.size(); i < n; ++i) {
    for (auto [arg, operand] : llvm::zip_equal(args, operands)) arg = operand->at(i);
    result.set(i, op.evaluateScalar(args));
  }
}

LogicalResult evaluateOp(Operation& op, ArrayRef<const ReferenceTensor*> operands,
                         MutableArrayRef<ReferenceTensor> results,
                         const ReferenceOptions& options) {
  if (auto elementwise = dyn_cast<ElementwiseOpInterface>(op)) {
    for (const ReferenceTensor* operand : operands)
      if (operand->size() != results[0].size())
        return op.emitError("reference evaluation: operands differ in shape");
    evaluateElementwise(elementwise, operands, results[0]);
  } else if (auto reference = dyn_cast<ReferenceOpInterface>(op)) {
    if (failed(reference.evaluate(operands, results, options))) return failure();
  } else {
    return op.emitError("has no reference evaluation");
  }
  if (!options.double_precision)
    for (ReferenceTensor& result : results) roundToElementType(result);
  return success();
}

// Zero tensors of the types of `values`; fails where one is no tensor of static shape.
FailureOr<std::vector<ReferenceTensor>> zerosFor(Operation& op, TypeRange types) {
  std::vector<ReferenceTensor> tensors;
  for (Type type : types) {
    auto tensorType = dyn_cast<RankedTensorType>(type);
    if (!tensorType || !tensorType.hasStaticShape())
      return op.emitError("reference evaluation wants tensors of static shape, not ") << type;
    tensors.push_back(ReferenceTensor::zeros(tensorType));
  }
  return tensors;
}

}  // namespace

LogicalResult evaluateBlock(Block& block, ArrayRef<const ReferenceTensor*> args,
                            MutableArrayRef<ReferenceTensor> results,
                            const ReferenceOptions& options) {
  Environment values;
  for (auto [argument, tensor] : llvm::zip_equal(block.getArguments(), args))
    values.borrow(argument, tensor);
  for (Operation& op : block) {
    SmallVector<const ReferenceTensor*> operands;
    for (Value operand : op.getOperands()) {
      operands.push_back(values.get(operand));
      if (!operands.back()) return op.emitError("uses a value from outside of its block");
    }
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      for (auto [result, operand] : llvm::zip_equal(results, operands)) result = *operand;
      return success();
    }
    auto computed = zerosFor(op, op.getResultTypes());
    if (failed(computed) || failed(evaluateOp(op, operands, *computed, options))) return failure();
    for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *computed))
      values.own(value, std::move(tensor));
    values.release(op);
  }
  return success();
}

FailureOr<std::vector<ReferenceTensor>> evaluateFunction(func::FuncOp function,
                                                         ArrayRef<ReferenceTensor> args,
                                                         const ReferenceOptions& options) {
  if (function.isExternal()) return function.emitError("has no body to evaluate");
  if (!function.getBody().hasOneBlock()) return function.emitError("has more than one block");
  if (args.size() != function.getNumArguments())
    return function.emitError("wants ")
           << function.getNumArguments() << " arguments, got " << args.size();
  SmallVector<const ReferenceTensor*> pointers;
  for (auto [i, arg] : llvm::enumerate(args)) {
    if (arg.type != function.getArgumentTypes()[i])
      return function.emitError("argument ")
             << i << " is " << function.getArgumentTypes()[i] << ", got " << arg.type;
    pointers.push_back(&arg);
  }
  auto results = zerosFor(*function, function.getResultTypes());
  if (failed(results) ||
      failed(evaluateBlock(function.getBody().front(), pointers, *results, options)))
    return failure();
  return results;
}

}  // namespace etch::ir
