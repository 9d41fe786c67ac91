#include <cmath>
#include <limits>

#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {
namespace {

// One attention at a time of the leading dimensions: its matrices, row by row.
struct Matrices {
  int64_t queries, keys, features, values;
  double scale;
  bool causal;
  const ReferenceTensor *query, *key, *value, *mask;
  SmallVector<int64_t> score_shape;
  int64_t batch = 0;

  // The score of a query and a key.
  double score(int64_t t, int64_t j) const {
    double sum = 0;
    for (int64_t d = 0; d < features; ++d)
      sum += query->floats[(batch * queries + t) * features + d] *
             key->floats[(batch * keys + j) * features + d];
    sum *= scale;
    if (causal && j > t) return -std::numeric_limits<double>::infinity();
    if (!mask) return sum;
    // Where the mask has extent 1 it repeats.
    int64_t position = 0, rest = (batch * queries + t) * keys + j, step = 1;
    for (size_t i = score_shape.size(); i-- > 0; rest /= score_shape[i]) {
      int64_t extent = mask->type.getDimSize(i);
      if (extent != 1) position += rest % score_shape[i] * step;
      step *= extent;
    }
    Scalar element = mask->at(position);
    if (element.is_float) return sum + element.f;
    return element.i ? sum : -std::numeric_limits<double>::infinity();
  }
  double valueAt(int64_t j, int64_t e) const {
    return value->floats[(batch * keys + j) * values + e];
  }
};

template <typename Op>
Matrices matricesOf(Op op, ArrayRef<const ReferenceTensor*> operands, size_t mask) {
  ArrayRef<int64_t> q = operands[0]->type.getShape(), v = operands[2]->type.getShape();
  Matrices m{q.end()[-2],
             v.end()[-2],
             q.back(),
             v.back(),
             op.getScale().convertToDouble(),
             op.getCausal(),
             operands[0],
             operands[1],
             operands[2],
             op.getMask() ? operands[mask] : nullptr,
             SmallVector<int64_t>(q)};
  m.score_shape.back() = m.keys;
  return m;
}

int64_t batches(const Matrices& m) {
  return ShapedType::getNumElements(ArrayRef(m.score_shape).drop_back(2));
}

}  // namespace

LogicalResult AttentionOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  Matrices m = matricesOf(*this, operands, 3);
  std::vector<double> scores(m.keys);
  for (; m.batch < batches(m); ++m.batch)
    for (int64_t t = 0; t < m.queries; ++t) {
      double highest = -std::numeric_limits<double>::infinity(), sum = 0;
      for (int64_t j = 0; j < m.keys; ++j) highest = std::fmax(highest, scores[j] = m.score(t, j));
      // Where no key is seen, the scores are -infinity less 0.
      double shift = std::isinf(highest) && highest < 0 ? 0 : highest;
      for (double& s : scores) sum += s = std::exp(s - shift);
      int64_t row = m.batch * m.queries + t;
      for (int64_t j = 0; j < m.keys; ++j)
        for (int64_t e = 0; e < m.values; ++e)
          results[0].floats[row * m.values + e] += scores[j] / sum * m.valueAt(j, e);
      results[1].floats[row] = highest + std::log(sum);
    }
  return success();
}

LogicalResult AttentionBackwardOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                            MutableArrayRef<ReferenceTensor> results,
                                            const ReferenceOptions&) {
  Matrices m = matricesOf(*this, operands, 6);
  const ReferenceTensor &dy = *operands[3], &log_sum = *operands[4], &delta = *operands[5];
  for (; m.batch < batches(m); ++m.batch)
    for (int64_t t = 0; t < m.queries; ++t)
      for (int64_t j = 0; j < m.keys; ++j) {
        int64_t row = m.batch * m.queries + t, column = m.batch * m.keys + j;
        double p = std::exp(m.score(t, j) - log_sum.floats[row]), dp = 0;
        for (int64_t e = 0; e < m.values; ++e) {
          dp += dy.floats[row * m.values + e] * m.valueAt(j, e);
          results[2].floats[column * m.values + e] += p * dy.floats[row * m.values + e];
        }
        double g = m.scale * p * (dp - delta.floats[row]);
        for (int64_t d = 0; d < m.features; ++d) {
          results[0].floats[row * m.features + d] += g * m.key->floats[column * m.features + d];
          results[1].floats[column * m.features + d] += g * m.query->floats[row * m.features + d];
        }
      }
  return success();
}

}  // namespace etch::ir
