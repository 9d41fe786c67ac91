#include "etch/tests/ops/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "etch/ir/dialect.h"
#include "etch/ir/differentiate.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace etch::testing {
namespace {

constexpr double kStep = 1e-5;
constexpr int64_t kElements = 24;

bool isFloat(Type type) { return isa<FloatType>(cast<RankedTensorType>(type).getElementType()); }

SmallVector<Type> floatsOf(TypeRange types) {
  SmallVector<Type> floats;
  llvm::copy_if(types, std::back_inserter(floats), isFloat);
  return floats;
}

Value zerosOf(OpBuilder& builder, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  auto zero = builder.getFloatAttr(tensor.getElementType(), 0);
  return ir::ConstantOp::create(builder, builder.getUnknownLoc(),
                                DenseElementsAttr::get(tensor, zero));
}

// sum of cotangents * results over the floating results.
FailureOr<double> project(func::FuncOp function, ArrayRef<ir::ReferenceTensor> inputs,
                          ArrayRef<ir::ReferenceTensor> cotangents) {
  auto results = ir::evaluateFunction(function, inputs, {.double_precision = true});
  if (failed(results)) return failure();
  double sum = 0;
  const ir::ReferenceTensor* cotangent = cotangents.begin();
  for (const ir::ReferenceTensor& result : *results) {
    if (!result.isFloat()) continue;
    for (int64_t i = 0; i < result.size(); ++i) sum += result.floats[i] * cotangent->floats[i];
    ++cotangent;
  }
  return sum;
}

// Up to kElements different positions below `size`.
std::vector<int64_t> choosePositions(int64_t size, Random& random) {
  std::vector<int64_t> positions(size);
  for (int64_t i = 0; i < size; ++i) positions[i] = i;
  for (int64_t i = 0; i < std::min(size, kElements); ++i)
    std::swap(positions[i], positions[i + random.below(size - i)]);
  positions.resize(std::min(size, kElements));
  return positions;
}

// Compares `gradient` with differences in `inputs[k]`.
LogicalResult compareInput(func::FuncOp function, std::vector<ir::ReferenceTensor>& inputs,
                           size_t k, ArrayRef<ir::ReferenceTensor> cotangents,
                           const ir::ReferenceTensor& gradient, Random& random,
                           GradientReport& report) {
  double scale = 1;
  for (double g : gradient.floats) scale = std::max(scale, std::fabs(g));
  for (int64_t i : choosePositions(gradient.size(), random)) {
    double& x = inputs[k].floats[i];
    const double x0 = x;
    x = x0 + kStep;
    auto above = project(function, inputs, cotangents);
    x = x0 - kStep;
    auto below = project(function, inputs, cotangents);
    x = x0;
    if (failed(above) || failed(below)) return failure();
    double difference = (*above - *below) / (2 * kStep);
    double error = std::fabs(difference - gradient.floats[i]) / scale;
    ++report.elements;
    // Written so that a NaN counts.
    if (!(error <= report.error)) {
      report.error = std::isnan(error) ? INFINITY : error;
      report.where = function.getSymName().str() + ": input " + std::to_string(k) + ", element " +
                     std::to_string(i) + ": derivative " + std::to_string(gradient.floats[i]) +
                     ", difference " + std::to_string(difference);
    }
  }
  return success();
}

}  // namespace

FailureOr<func::FuncOp> buildVjp(func::FuncOp function, StringRef name) {
  SmallVector<Type> argumentTypes(function.getArgumentTypes());
  llvm::append_range(argumentTypes, floatsOf(function.getResultTypes()));
  SmallVector<Type> resultTypes = floatsOf(function.getArgumentTypes());

  OpBuilder builder(function);
  builder.setInsertionPointAfter(function);
  auto vjp = func::FuncOp::create(builder, function.getLoc(), name,
                                  builder.getFunctionType(argumentTypes, resultTypes));
  Block* body = vjp.addEntryBlock();
  builder.setInsertionPointToStart(body);

  IRMapping mapping;
  mapping.map(function.getArguments(), body->getArguments().take_front(function.getNumArguments()));
  for (Operation& op : function.getBody().front().without_terminator()) builder.clone(op, mapping);
  SmallVector<Value> outputs, inputs;
  for (Value value : function.getBody().front().getTerminator()->getOperands())
    if (isFloat(value.getType())) outputs.push_back(mapping.lookup(value));
  for (Value argument : body->getArguments().take_front(function.getNumArguments()))
    if (isFloat(argument.getType())) inputs.push_back(argument);

  auto gradients = ir::differentiate(
      builder, {.outputs = outputs,
                .cotangents = body->getArguments().drop_front(function.getNumArguments()),
                .inputs = inputs});
  if (failed(gradients)) return failure();
  for (auto [gradient, input] : llvm::zip_equal(*gradients, inputs))
    if (!gradient) gradient = zerosOf(builder, input.getType());
  func::ReturnOp::create(builder, function.getLoc(), *gradients);
  return vjp;
}

GradientReport checkGradient(func::FuncOp function, const std::vector<ir::ReferenceTensor>& inputs,
                             int order, Random& random) {
  GradientReport report;
  auto fail = [&](const char* what) {
    report.failed = true;
    report.where = function.getSymName().str() + ": " + what;
    return report;
  };
  auto vjp = buildVjp(function, function.getSymName().str() + "_vjp");
  if (failed(vjp)) return fail("cannot be differentiated");

  std::vector<ir::ReferenceTensor> cotangents =
      drawTensors(floatsOf(function.getResultTypes()), {-1, 1}, random);
  std::vector<ir::ReferenceTensor> vjpInputs = inputs;
  vjpInputs.insert(vjpInputs.end(), cotangents.begin(), cotangents.end());
  auto gradients = ir::evaluateFunction(*vjp, vjpInputs, {.double_precision = true});
  if (failed(gradients)) return fail("the derivative cannot be evaluated");

  std::vector<ir::ReferenceTensor> moved = inputs;
  size_t next = 0;
  for (size_t k = 0; k < inputs.size(); ++k)
    if (inputs[k].isFloat() &&
        failed(compareInput(function, moved, k, cotangents, (*gradients)[next++], random, report)))
      return fail("cannot be evaluated");

  if (order > 1) {
    GradientReport second = checkGradient(*vjp, vjpInputs, order - 1, random);
    report.elements += second.elements;
    report.failed = second.failed;
    if (second.failed || second.error > report.error) {
      report.error = second.error;
      report.where = second.where;
    }
  }
  return report;
}

}  // namespace etch::testing
