#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {
namespace {

// The index into the operand of the windows that the index `k..., o...` of a window stands for.
SmallVector<int64_t> placeOf(ArrayRef<int64_t> index, ArrayRef<int64_t> stride,
                             ArrayRef<int64_t> dilation) {
  size_t n = stride.size(), lead = index.size() - 2 * n;
  SmallVector<int64_t> place(index.take_front(lead));
  for (size_t i = 0; i < n; ++i)
    place.push_back(index[lead + n + i] * stride[i] + index[lead + i] * dilation[i]);
  return place;
}

}  // namespace

LogicalResult WindowsOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                  MutableArrayRef<ReferenceTensor> results,
                                  const ReferenceOptions&) {
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) {
    return positionOf(placeOf(index, getStride(), getDilation()), operands[0]->type.getShape());
  });
  return success();
}

LogicalResult FoldOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                               MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  int64_t from = 0;
  forEachIndex(operands[0]->type.getShape(), [&](ArrayRef<int64_t> index) {
    int64_t to = positionOf(placeOf(index, getStride(), getDilation()), results[0].type.getShape());
    Scalar sum = results[0].at(to), term = operands[0]->at(from++);
    sum.f += term.f;
    sum.i = static_cast<int64_t>(static_cast<uint64_t>(sum.i) + static_cast<uint64_t>(term.i));
    results[0].set(to, sum);
  });
  return success();
}

LogicalResult SpreadOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions&) {
  int64_t from = 0;
  size_t n = getStride().size();
  forEachIndex(operands[0]->type.getShape(), [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> to(index.drop_back(n));
    llvm::append_range(to, ArrayRef(placeOf(index, getStride(), getDilation())).take_back(n));
    results[0].set(positionOf(to, results[0].type.getShape()), operands[0]->at(from++));
  });
  return success();
}

}  // namespace etch::ir
