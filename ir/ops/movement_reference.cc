#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {

LogicalResult BroadcastOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  ArrayRef<int64_t> shape = operands[0]->type.getShape();
  SmallVector<int64_t> source(shape.size());
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) {
    for (size_t d = 0; d < shape.size(); ++d) source[d] = shape[d] == 1 ? 0 : index[d];
    return positionOf(source, shape);
  });
  return success();
}

LogicalResult ReshapeOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                  MutableArrayRef<ReferenceTensor> results,
                                  const ReferenceOptions&) {
  results[0].floats = operands[0]->floats;
  results[0].ints = operands[0]->ints;
  return success();
}

LogicalResult TransposeOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                    MutableArrayRef<ReferenceTensor> results,
                                    const ReferenceOptions&) {
  ArrayRef<int64_t> permutation = getPermutation();
  SmallVector<int64_t> source(permutation.size());
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) {
    for (auto [i, dim] : llvm::enumerate(permutation)) source[dim] = index[i];
    return positionOf(source, operands[0]->type.getShape());
  });
  return success();
}

LogicalResult SliceOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  SmallVector<int64_t> source(getOffsets().size());
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) {
    for (size_t d = 0; d < source.size(); ++d)
      source[d] = getOffsets()[d] + index[d] * getStrides()[d];
    return positionOf(source, operands[0]->type.getShape());
  });
  return success();
}

LogicalResult ReverseOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                  MutableArrayRef<ReferenceTensor> results,
                                  const ReferenceOptions&) {
  ArrayRef<int64_t> shape = operands[0]->type.getShape();
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> source(index);
    for (int64_t dim : getDims()) source[dim] = shape[dim] - 1 - index[dim];
    return positionOf(source, shape);
  });
  return success();
}

LogicalResult PadOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                              MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  SmallVector<int64_t> target(getLow().size());
  int64_t from = 0;
  for (int64_t i = 0; i < results[0].size() && filling() != 0; ++i)
    results[0].set(i, results[0].isFloat() ? Scalar::ofFloat(filling())
                                           : Scalar::ofInt(static_cast<int64_t>(filling())));
  forEachIndex(operands[0]->type.getShape(), [&](ArrayRef<int64_t> index) {
    for (size_t d = 0; d < target.size(); ++d)
      target[d] = getLow()[d] + index[d] * (1 + getInterior()[d]);
    results[0].set(positionOf(target, results[0].type.getShape()), operands[0]->at(from++));
  });
  return success();
}

LogicalResult ConcatOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions&) {
  int64_t start = 0;
  for (const ReferenceTensor* operand : operands) {
    int64_t from = 0;
    SmallVector<int64_t> target;
    forEachIndex(operand->type.getShape(), [&](ArrayRef<int64_t> index) {
      target.assign(index.begin(), index.end());
      target[getDim()] += start;
      results[0].set(positionOf(target, results[0].type.getShape()), operand->at(from++));
    });
    start += operand->type.getDimSize(getDim());
  }
  return success();
}

LogicalResult PackOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                               MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  SmallVector<int64_t> shape = matrixShape();
  int64_t columns = shape.end()[getTranspose() ? -2 : -1];
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) -> int64_t {
    int64_t second = getPairs() ? index.back() : 0;
    if (getPairs()) index = index.drop_back();
    int64_t panel = index.end()[-3], row = index.end()[-2];
    if (getPairs()) row = 2 * row + second;
    int64_t column = panel * static_cast<int64_t>(getTile()) + index.end()[-1];
    if (column >= columns) return -1;
    SmallVector<int64_t> source(index.drop_back(3));
    source.append({row, column});
    if (getTranspose()) std::swap(source.end()[-1], source.end()[-2]);
    return positionOf(source, shape);
  });
  return success();
}

LogicalResult UnpackOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions&) {
  ArrayRef<int64_t> shape = operands[0]->type.getShape();
  int64_t tile = shape.end()[getPairs() ? -2 : -1];
  readElements(results[0], *operands[0], [&](ArrayRef<int64_t> index) {
    int64_t row = index.end()[-2], column = index.end()[-1];
    if (getTranspose()) std::swap(row, column);
    SmallVector<int64_t> source(index.drop_back(2));
    source.append({column / tile, getPairs() ? row / 2 : row, column % tile});
    if (getPairs()) source.push_back(row % 2);
    return positionOf(source, shape);
  });
  return success();
}

}  // namespace etch::ir
