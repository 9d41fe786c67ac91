#include <cmath>

#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {
namespace {

// Whether `a` is chosen in place of `b`, which comes before it.
bool replaces(const Scalar& a, const Scalar& b, bool largest) {
  if (!a.is_float) return largest ? a.i > b.i : a.i < b.i;
  if (std::isnan(b.f)) return false;
  return std::isnan(a.f) || (largest ? a.f > b.f : a.f < b.f);
}

void choose(const ReferenceTensor& x, ArrayRef<int64_t> dims, bool largest,
            MutableArrayRef<ReferenceTensor> results) {
  ArrayRef<int64_t> shape = x.type.getShape(), chosen = results[0].type.getShape();
  std::vector<bool> seen(results[0].size(), false);
  int64_t from = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> to(index);
    int64_t position = 0;
    for (int64_t dim : dims) {
      position = position * shape[dim] + index[dim];
      to[dim] = 0;
    }
    int64_t at = positionOf(to, chosen);
    Scalar value = x.at(from++);
    if (seen[at] && !replaces(value, results[0].at(at), largest)) return;
    seen[at] = true;
    results[0].set(at, value);
    results[1].set(at, Scalar::ofInt(position));
  });
}

}  // namespace

LogicalResult ChooseMaxOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  choose(*operands[0], getDims(), /*largest=*/true, results);
  return success();
}

LogicalResult ChooseMinOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  choose(*operands[0], getDims(), /*largest=*/false, results);
  return success();
}

}  // namespace etch::ir
