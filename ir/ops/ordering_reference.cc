#include <algorithm>
#include <cmath>
#include <numeric>

#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {
namespace {

// Calls `body` with the positions of the elements of each row along `dim`.
void forEachRow(ArrayRef<int64_t> shape, int64_t dim,
                llvm::function_ref<void(ArrayRef<int64_t>)> body) {
  SmallVector<int64_t> rows(shape), row(shape[dim]);
  rows[dim] = 1;
  if (row.empty()) return;
  int64_t step = 1;
  for (int64_t extent : shape.drop_front(dim + 1)) step *= extent;
  forEachIndex(rows, [&](ArrayRef<int64_t> index) {
    int64_t first = positionOf(index, shape);
    for (auto [i, position] : llvm::enumerate(row)) position = first + i * step;
    body(row);
  });
}

bool isBefore(const Scalar& a, const Scalar& b) {
  if (!a.is_float) return a.i < b.i;
  if (std::isnan(a.f) || std::isnan(b.f)) return !std::isnan(a.f);
  return a.f < b.f;
}

}  // namespace

LogicalResult CumsumOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions&) {
  forEachRow(operands[0]->type.getShape(), getDim(), [&](ArrayRef<int64_t> row) {
    SmallVector<int64_t> order(row);
    if (getReverse()) std::reverse(order.begin(), order.end());
    Scalar sum = operands[0]->isFloat() ? Scalar::ofFloat(0) : Scalar::ofInt(0);
    for (int64_t at : order) {
      Scalar before = sum, x = operands[0]->at(at);
      sum.f += x.f;
      sum.i = static_cast<int64_t>(static_cast<uint64_t>(sum.i) + static_cast<uint64_t>(x.i));
      results[0].set(at, getExclusive() ? before : sum);
    }
  });
  return success();
}

LogicalResult SortOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                               MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  const ReferenceTensor& x = *operands[0];
  forEachRow(x.type.getShape(), getDim(), [&](ArrayRef<int64_t> row) {
    std::vector<int64_t> order(row.size());
    std::iota(order.begin(), order.end(), 0);
    auto before = [&](int64_t a, int64_t b) {
      if (getDescending()) std::swap(a, b);
      return isBefore(x.at(row[a]), x.at(row[b]));
    };
    // Equal elements stay in their order.
    std::sort(order.begin(), order.end(),
              [&](int64_t a, int64_t b) { return before(a, b) || (!before(b, a) && a < b); });
    for (auto [at, index] : llvm::zip(row, order)) {
      results[0].set(at, x.at(row[index]));
      results[1].set(at, Scalar::ofInt(index));
    }
  });
  return success();
}

}  // namespace etch::ir
