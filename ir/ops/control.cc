// Verifiers, fusion role and derivative of ops that hold or call other ops.
#include "etch/ir/build.h"
#include "etch/ir/differentiate.h"
#include "etch/ir/ops/region_rules.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::Block;
using mlir::LogicalResult;
using mlir::OpBuilder;
using mlir::Region;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

LogicalResult CondOp::verify() {
  // cond_c1
  if (tensorType(getPredicate()).getRank() != 0)
    return emitOpError() << "wants a predicate tensor<i1>, not " << getPredicate().getType();
  // cond_c2
  for (auto [region, name] : {std::pair(&getThenRegion(), "then"), {&getElseRegion(), "else"}})
    if (failed(verifyArguments(*this, *region, name, getInputs().getTypes())) ||
        failed(verifyYield(*this, *region, name, getResultTypes())))
      return mlir::failure();
  return mlir::success();
}

FusionRole CondOp::getFusionRole() { return FusionRole::kHost; }

RegionValue CondOp::regionArgument(unsigned, unsigned argument) {
  return {RegionValue::kWhole, 1 + argument};
}

RegionValue CondOp::regionResult(unsigned, unsigned yielded) {
  return {RegionValue::kWhole, yielded};
}

void CondOp::addCapture(Value value) {
  getInputsMutable().append(value);
  addRegionArguments(*this, value);
}

// The gradient of `cond(p, x)` is `cond(p, x, dy)`, whose regions run the forward of theirs again
// and then its backward. Integer inputs and results take no part.
SmallVector<Value> CondOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  SmallVector<Value> operands = llvm::to_vector(getInputs());
  SmallVector<unsigned> floatInputs, floatResults;
  SmallVector<Type> gradientTypes;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    if (!isFloatTensor(input)) continue;
    floatInputs.push_back(i);
    gradientTypes.push_back(input.getType());
  }
  for (auto [i, result] : llvm::enumerate(getResults())) {
    if (!isFloatTensor(result)) continue;
    floatResults.push_back(i);
    operands.push_back(cotangents[i]);
  }
  auto gradient = CondOp::create(b, getLoc(), gradientTypes, getPredicate(), operands);

  auto fill = [&](Region& from, Region& to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<mlir::Location> locs(operands.size(), getLoc());
    Block* body = b.createBlock(&to, {}, ValueRange(operands).getTypes(), locs);
    size_t inputs = getInputs().size();
    ValueRange arguments = body->getArguments();
    SmallVector<Value> results = cloneBlock(b, from.front(), arguments.take_front(inputs));
    SmallVector<Value> yielded, wanted;
    for (unsigned i : floatResults) yielded.push_back(results[i]);
    for (unsigned i : floatInputs) wanted.push_back(arguments[i]);
    auto gradients = differentiate(
        b, {.outputs = yielded, .cotangents = arguments.drop_front(inputs), .inputs = wanted});
    if (failed(gradients)) return mlir::failure();
    Emitter e(b, getLoc());
    for (auto [value, input] : llvm::zip(*gradients, wanted))
      if (!value) value = e.like(input, 0);
    YieldOp::create(b, getLoc(), *gradients);
    return mlir::success();
  };
  if (failed(fill(getThenRegion(), gradient.getThenRegion())) ||
      failed(fill(getElseRegion(), gradient.getElseRegion()))) {
    gradient.erase();
    return {};  // the diagnostic stands at the op inside
  }

  SmallVector<Value> result(getNumOperands());
  for (auto [i, input] : llvm::enumerate(floatInputs)) result[1 + input] = gradient.getResult(i);
  return result;
}

LogicalResult LaunchOp::verifySymbolUses(mlir::SymbolTableCollection& symbols) {
  // launch_c1
  auto kernel = symbols.lookupNearestSymbolFrom<mlir::func::FuncOp>(*this, getKernelAttr());
  if (!kernel) return emitOpError() << "names no function: " << getKernelAttr();
  if (llvm::any_of(kernel.getArgumentTypes(), llvm::IsaPred<mlir::BaseMemRefType>))
    return mlir::success();
  auto type = mlir::FunctionType::get(getContext(), getOperandTypes(), getResultTypes());
  if (kernel.getFunctionType() != type)
    return emitOpError() << "has type " << type << ", but its kernel " << getKernelAttr() << " has "
                         << kernel.getFunctionType();
  return mlir::success();
}

}  // namespace etch::ir
