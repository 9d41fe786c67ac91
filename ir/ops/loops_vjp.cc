// Derivatives of ops that repeat a region.
#include "etch/ir/build.h"
#include "etch/ir/differentiate.h"
#include "etch/ir/program.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::Block;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

namespace {

Type stackedType(Type row, int64_t length) {
  auto type = llvm::cast<mlir::RankedTensorType>(row);
  SmallVector<int64_t> shape{length};
  llvm::append_range(shape, type.getShape());
  return type.clone(shape);
}

SmallVector<Value> floatsOf(ValueRange values) {
  return llvm::to_vector(llvm::make_filter_range(values, isFloatTensor));
}

// The carries that each step of `scan` begins with, stacked: what it yields anyway, or else the
// results of another scan that yields them too.
SmallVector<Value> stackedCarries(OpBuilder& b, ScanOp scan) {
  SmallVector<Value> stacked;
  for (Value carry : scan.carryArguments()) {
    auto at = llvm::find(scan.yieldedRows(), carry);
    if (at == scan.yieldedRows().end()) break;
    stacked.push_back(scan.ys()[std::distance(scan.yieldedRows().begin(), at)]);
  }
  if (stacked.size() == scan.numCarries()) return stacked;

  SmallVector<Type> types = llvm::to_vector(scan.getResultTypes());
  for (Type type : scan.carryArguments().getTypes())
    types.push_back(stackedType(type, scan.getLength()));
  auto wider = ScanOp::create(b, scan.getLoc(), types, scan.getInits(), scan.getXs(),
                              scan.getCaptures(), scan.getLengthAttr(), scan.getReverseAttr());
  OpBuilder::InsertionGuard guard(b);
  mlir::IRMapping mapping;
  scan.getBody().cloneInto(&wider.getBody(), mapping);
  mlir::Operation* yield = wider.step().getTerminator();
  yield->insertOperands(yield->getNumOperands(), wider.carryArguments());
  return SmallVector<Value>(wider.getResults().take_back(scan.numCarries()));
}

// The gradients that the backward of one step found, for what is floating; null for the others.
struct StepGradients {
  SmallVector<Value> carries, rows, captures;
};

}  // namespace

// With (c', y) = f(c, x, w) a step of the scan, and dc' the cotangent of what it handed on,
//   (dc, dx, dw_i) = f's VJP at (dc', dy),   dw = sum of dw_i,
// which is a scan in the other direction: its carries are dc and the sums for dw; its rows are the
// carries c that the steps began with, x and dy. Integers take no part.
SmallVector<Value> ScanOp::buildVjp(OpBuilder& b, ValueRange cotangents) {
  Emitter e(b, getLoc());
  ValueRange dlast = cotangents.take_front(numCarries());
  SmallVector<Value> inits, xs, captures = llvm::to_vector(getCaptures());
  for (auto [carry, cotangent] : llvm::zip(getInits(), dlast))
    if (isFloatTensor(carry)) inits.push_back(cotangent);
  xs = stackedCarries(b, *this);
  llvm::append_range(xs, getXs());
  llvm::append_range(xs, floatsOf(cotangents.drop_front(numCarries())));

  mlir::Region body;
  SmallVector<Value> floatCarries, floatRows, floatCaptures;
  StepGradients found;
  {
    OpBuilder::InsertionGuard guard(b);
    Block* step = b.createBlock(&body);
    auto addArguments = [&](mlir::TypeRange types) {
      unsigned first = step->getNumArguments();
      for (Type type : types) step->addArgument(type, getLoc());
      return ValueRange(step->getArguments().drop_front(first));
    };
    SmallVector<Value> dnext = addArguments(ValueRange(inits).getTypes());
    SmallVector<Value> arguments =
        addArguments(ValueRange(this->step().getArguments().drop_back(captures.size())).getTypes());
    SmallVector<Value> drows = addArguments(ValueRange(floatsOf(yieldedRows())).getTypes());
    llvm::append_range(arguments,
                       SmallVector<Value>(addArguments(ValueRange(captures).getTypes())));

    SmallVector<Value> outputs = floatsOf(cloneBlock(b, this->step(), arguments));
    SmallVector<Value> douts = dnext;
    llvm::append_range(douts, drows);
    ValueRange all(arguments);
    floatCarries = floatsOf(all.take_front(numCarries()));
    floatRows = floatsOf(all.slice(numCarries(), getXs().size()));
    floatCaptures = floatsOf(all.take_back(captures.size()));
    SmallVector<Value> wanted = floatCarries;
    llvm::append_range(wanted, floatRows);
    llvm::append_range(wanted, floatCaptures);
    auto gradients = differentiate(b, {.outputs = outputs, .cotangents = douts, .inputs = wanted});
    if (failed(gradients)) return {};  // the diagnostic stands at the op inside
    llvm::ArrayRef<Value> rest(*gradients);
    found.carries.assign(rest.take_front(floatCarries.size()));
    rest = rest.drop_front(floatCarries.size());
    found.rows.assign(rest.take_front(floatRows.size()));
    found.captures.assign(rest.drop_front(floatRows.size()));

    SmallVector<Value> yielded;
    for (auto [gradient, carry] : llvm::zip(found.carries, floatCarries))
      yielded.push_back(gradient ? gradient : e.like(carry, 0));
    for (Value gradient : found.captures) {
      if (!gradient) continue;
      Value sum = step->insertArgument(inits.size(), gradient.getType(), getLoc());
      yielded.push_back(e.add(sum, gradient));
      inits.push_back(Value());  // set below, outside of the body
    }
    for (Value gradient : found.rows)
      if (gradient) yielded.push_back(gradient);
    YieldOp::create(b, getLoc(), yielded);
  }

  size_t next = floatCarries.size();
  for (Value gradient : found.captures)
    if (gradient) inits[next++] = e.like(gradient, 0);
  SmallVector<Type> types = llvm::to_vector(ValueRange(inits).getTypes());
  for (Value gradient : found.rows)
    if (gradient) types.push_back(stackedType(gradient.getType(), getLength()));
  auto gradient = ScanOp::create(b, getLoc(), types, inits, xs, captures, getLengthAttr(),
                                 getReverse() ? mlir::UnitAttr() : b.getUnitAttr());
  gradient.getBody().takeBody(body);

  // Results in the order of the operands they belong to.
  SmallVector<Value> result(getNumOperands());
  unsigned carry = 0, sum = floatCarries.size(), row = inits.size();
  unsigned floatRow = 0, floatCapture = 0;
  for (auto [i, operand] : llvm::enumerate(getOperands())) {
    if (!isFloatTensor(operand)) continue;
    if (i < numCarries()) {
      result[i] = gradient.getResult(carry);
      if (!found.carries[carry] && getLength() > 0) result[i] = nullptr;
      ++carry;
    } else if (i < numCarries() + getXs().size()) {
      if (found.rows[floatRow++]) result[i] = gradient.getResult(row++);
    } else if (found.captures[floatCapture++]) {
      result[i] = gradient.getResult(sum++);
    }
  }
  return result;
}

SmallVector<Value> WhileOp::buildVjp(OpBuilder&, ValueRange) {
  std::string line = sourceLine(getLoc());
  emitError("etch::while_loop")
      << (line.empty() ? "" : " at " + line)
      << " has no gradient: it keeps nothing of its steps, whose number is not known beforehand; "
         "use etch::scan, which has a fixed number of steps, or detach what goes in";
  return {};
}

}  // namespace etch::ir
