// Verifiers, fusion role and derivative of ops that hold or call other ops.
#include "etch/ir/build.h"
#include "etch/ir/differentiate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::Block;
using mlir::LogicalResult;
using mlir::OpBuilder;
using mlir::Region;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

namespace {

// cond_c2 for one of the two regions.
LogicalResult verifyRegion(CondOp op, Region& region, llvm::StringRef name) {
  mlir::TypeRange inputs = ValueRange(op.getInputs()).getTypes(), results = op.getResultTypes();
  Block& block = region.front();
  if (block.getNumArguments() != inputs.size())
    return op.emitOpError() << "has " << inputs.size() << " inputs, but its " << name
                            << " region takes " << block.getNumArguments();
  for (auto [i, argument, input] : llvm::enumerate(block.getArgumentTypes(), inputs))
    if (argument != input)
      return op.emitOpError() << "has an input " << i << " of type " << input << ", but its "
                              << name << " region takes " << argument;
  auto yield = llvm::dyn_cast<YieldOp>(block.back());
  if (!yield)
    return op.emitOpError() << "has a " << name << " region that does not end with etch.yield";
  if (yield.getNumOperands() != results.size())
    return op.emitOpError() << "has " << results.size() << " results, but its " << name
                            << " region yields " << yield.getNumOperands();
  for (auto [i, yielded, result] : llvm::enumerate(yield.getOperandTypes(), results))
    if (yielded != result)
      return op.emitOpError() << "has a result " << i << " of type " << result << ", but its "
                              << name << " region yields " << yielded;
  return mlir::success();
}

bool isFloat(Value x) { return llvm::isa<mlir::FloatType>(tensorType(x).getElementType()); }

}  // namespace

LogicalResult CondOp::verify() {
  // cond_c1
  if (tensorType(getPredicate()).getRank() != 0)
    return emitOpError() << "wants a predicate tensor<i1>, not " << getPredicate().getType();
  if (failed(verifyRegion(*this, getThenRegion(), "then"))) return mlir::failure();
  return verifyRegion(*this, getElseRegion(), "else");
}

FusionRole CondOp::getFusionRole() { return FusionRole::kIsolated; }

// The gradient of `cond(p, x)` is `cond(p, x, dy)`, whose regions run the forward of theirs again
// and then its backward. Integer inputs and results take no part.
SmallVector<Value> CondOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  SmallVector<Value> operands = llvm::to_vector(getInputs());
  SmallVector<unsigned> floatInputs, floatResults;
  SmallVector<Type> gradientTypes;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    if (!isFloat(input)) continue;
    floatInputs.push_back(i);
    gradientTypes.push_back(input.getType());
  }
  for (auto [i, result] : llvm::enumerate(getResults())) {
    if (!isFloat(result)) continue;
    floatResults.push_back(i);
    operands.push_back(cotangents[i]);
  }
  auto gradient = CondOp::create(b, getLoc(), gradientTypes, getPredicate(), operands);

  auto fill = [&](Region& from, Region& to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<mlir::Location> locs(operands.size(), getLoc());
    Block* body = b.createBlock(&to, {}, ValueRange(operands).getTypes(), locs);
    mlir::IRMapping mapping;
    size_t inputs = getInputs().size();
    ValueRange arguments = body->getArguments();
    mapping.map(from.getArguments(), arguments.take_front(inputs));
    for (mlir::Operation& op : from.front().without_terminator()) b.clone(op, mapping);
    SmallVector<Value> yielded, wanted;
    for (unsigned i : floatResults)
      yielded.push_back(mapping.lookup(from.front().getTerminator()->getOperand(i)));
    for (unsigned i : floatInputs) wanted.push_back(arguments[i]);
    auto gradients = differentiate(b, {.outputs = yielded,
                                       .cotangents = arguments.drop_front(inputs),
                                       .inputs = wanted});
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
