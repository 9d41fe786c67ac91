#include <algorithm>
#include <cmath>
#include <limits>

#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {
namespace {

// Calls `body(from, to)` for each element of `shape`: its position, and the position of what it is
// reduced to along `dims`.
void forEachReduced(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims,
                    llvm::function_ref<void(int64_t, int64_t)> body) {
  SmallVector<int64_t> reducedShape(shape), reduced(shape.size());
  for (int64_t dim : dims) reducedShape[dim] = 1;
  int64_t position = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    llvm::copy(index, reduced.begin());
    for (int64_t dim : dims) reduced[dim] = 0;
    body(position++, positionOf(reduced, reducedShape));
  });
}

template <typename Combine>
LogicalResult reduce(const ReferenceTensor& input, ArrayRef<int64_t> dims, ReferenceTensor& result,
                     Scalar neutral, Combine combine) {
  if (!result.isFloat()) neutral = Scalar::ofInt(neutral.i);
  for (int64_t i = 0; i < result.size(); ++i) result.set(i, neutral);
  forEachReduced(input.type.getShape(), dims, [&](int64_t from, int64_t to) {
    Scalar a = result.at(to), b = input.at(from);
    result.set(to, a.is_float ? Scalar::ofFloat(combine(a.f, b.f))
                              : Scalar::ofInt(static_cast<int64_t>(combine(
                                    static_cast<__int128>(a.i), static_cast<__int128>(b.i)))));
  });
  return success();
}

// Largest value of an integer type, or its lowest.
int64_t extreme(Type type, bool highest) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer) return 0;
  unsigned bits = integer.isUnsigned() ? integer.getWidth() : integer.getWidth() - 1;
  auto high = static_cast<int64_t>((uint64_t{1} << bits) - 1);
  return highest ? high : integer.isUnsigned() ? 0 : -high - 1;
}

Scalar neutral(double f, int64_t i) { return {true, f, i}; }

template <typename T>
bool isNan(T x) {
  return x != x;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The vectors along `dim`, as lists of positions.
void forEachLine(ArrayRef<int64_t> shape, int64_t dim,
                 llvm::function_ref<void(ArrayRef<int64_t>)> body) {
  int64_t stride = 1, count = 1;
  for (int64_t extent : shape.drop_front(dim + 1)) stride *= extent;
  for (int64_t extent : shape.take_front(dim)) count *= extent;
  SmallVector<int64_t> line(shape[dim]);
  for (int64_t outer = 0; outer < count; ++outer)
    for (int64_t inner = 0; inner < stride; ++inner) {
      for (int64_t i = 0; i < shape[dim]; ++i) line[i] = (outer * shape[dim] + i) * stride + inner;
      body(line);
    }
}

// max(x) and sum(exp(x - max(x))) over a line.
std::pair<double, double> exponentialSum(const ReferenceTensor& x, ArrayRef<int64_t> line) {
  double largest = -kInfinity, sum = 0;
  for (int64_t i : line) largest = std::max(largest, x.floats[i]);
  for (int64_t i : line) sum += std::exp(x.floats[i] - largest);
  return {largest, sum};
}

}  // namespace

LogicalResult ReduceSumOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  return reduce(*operands[0], getDims(), results[0], neutral(0, 0),
                [](auto a, auto b) { return a + b; });
}

LogicalResult ReduceProdOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                     MutableArrayRef<ReferenceTensor> results,
                                     const ReferenceOptions&) {
  return reduce(*operands[0], getDims(), results[0], neutral(1, 1),
                [](auto a, auto b) { return a * b; });
}

LogicalResult ReduceMaxOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  int64_t lowest = extreme(results[0].type.getElementType(), false);
  return reduce(*operands[0], getDims(), results[0], neutral(-kInfinity, lowest),
                [](auto a, auto b) { return isNan(a) || a > b ? a : b; });
}

LogicalResult ReduceMinOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  int64_t highest = extreme(results[0].type.getElementType(), true);
  return reduce(*operands[0], getDims(), results[0], neutral(kInfinity, highest),
                [](auto a, auto b) { return isNan(a) || a < b ? a : b; });
}

LogicalResult SoftmaxOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                  MutableArrayRef<ReferenceTensor> results,
                                  const ReferenceOptions&) {
  const ReferenceTensor& x = *operands[0];
  forEachLine(x.type.getShape(), getDim(), [&](ArrayRef<int64_t> line) {
    auto [largest, sum] = exponentialSum(x, line);
    for (int64_t i : line) results[0].floats[i] = std::exp(x.floats[i] - largest) / sum;
  });
  return success();
}

LogicalResult LogSoftmaxOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                     MutableArrayRef<ReferenceTensor> results,
                                     const ReferenceOptions&) {
  const ReferenceTensor& x = *operands[0];
  forEachLine(x.type.getShape(), getDim(), [&](ArrayRef<int64_t> line) {
    auto [largest, sum] = exponentialSum(x, line);
    for (int64_t i : line) results[0].floats[i] = x.floats[i] - largest - std::log(sum);
  });
  return success();
}

LogicalResult NormalizeOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  const ReferenceTensor& x = *operands[0];
  ReferenceTensor &normalized = results[0], &rstd = results[1];
  double count = 1;
  for (int64_t dim : getDims()) count *= x.type.getDimSize(dim);
  double epsilon = getEpsilon().convertToDouble();

  std::vector<double> mean(rstd.size(), 0), variance(rstd.size(), 0);
  ArrayRef<int64_t> shape = x.type.getShape();
  forEachReduced(shape, getDims(),
                 [&](int64_t from, int64_t to) { mean[to] += x.floats[from] / count; });
  forEachReduced(shape, getDims(), [&](int64_t from, int64_t to) {
    double d = x.floats[from] - mean[to];
    variance[to] += d * d / count;
  });
  for (int64_t i = 0; i < rstd.size(); ++i) rstd.floats[i] = 1 / std::sqrt(variance[i] + epsilon);
  forEachReduced(shape, getDims(), [&](int64_t from, int64_t to) {
    normalized.floats[from] = (x.floats[from] - mean[to]) * rstd.floats[to];
  });
  return success();
}

}  // namespace etch::ir
