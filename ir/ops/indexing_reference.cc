#include <algorithm>

#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {
namespace {

int64_t nearestRow(int64_t index, int64_t rows) { return std::clamp<int64_t>(index, 0, rows - 1); }

int64_t rowSize(ArrayRef<int64_t> rowShape) {
  int64_t size = 1;
  for (int64_t extent : rowShape) size *= extent;
  return size;
}

}  // namespace

LogicalResult GatherOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions&) {
  const ReferenceTensor &table = *operands[0], &indices = *operands[1];
  ArrayRef<int64_t> shape = table.type.getShape();
  int64_t size = rowSize(shape.drop_front());
  for (int64_t i = 0; i < indices.size(); ++i) {
    int64_t row = nearestRow(indices.ints[i], shape[0]);
    for (int64_t r = 0; r < size; ++r) results[0].set(i * size + r, table.at(row * size + r));
  }
  return success();
}

LogicalResult ScatterAddOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                     MutableArrayRef<ReferenceTensor> results,
                                     const ReferenceOptions&) {
  const ReferenceTensor &indices = *operands[0], &updates = *operands[1];
  ReferenceTensor& result = results[0];
  int64_t size = rowSize(result.type.getShape().drop_front());
  if (result.size() == 0) return success();
  for (int64_t i = 0; i < indices.size(); ++i) {
    int64_t row = nearestRow(indices.ints[i], result.type.getDimSize(0));
    for (int64_t r = 0; r < size; ++r) {
      Scalar sum = result.at(row * size + r), update = updates.at(i * size + r);
      sum.f += update.f;
      sum.i = static_cast<int64_t>(static_cast<uint64_t>(sum.i) + static_cast<uint64_t>(update.i));
      result.set(row * size + r, sum);
    }
  }
  return success();
}

LogicalResult UpdateSliceOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                      MutableArrayRef<ReferenceTensor> results,
                                      const ReferenceOptions&) {
  const ReferenceTensor &base = *operands[0], &update = *operands[1];
  ArrayRef<int64_t> shape = base.type.getShape();
  int64_t rows = shape[getDim()], count = update.type.getDimSize(getDim());
  int64_t size = rowSize(shape.drop_front(getDim() + 1));
  int64_t start = operands[2]->ints[0];
  for (int64_t i = 0; i < base.size(); ++i) {
    int64_t outer = i / size / rows, row = i / size % rows;
    // Starts near the ends of their type do not wrap.
    bool replaced = row >= start && static_cast<uint64_t>(row) - static_cast<uint64_t>(start) <
                                        static_cast<uint64_t>(count);
    if (replaced)
      results[0].set(i, update.at((outer * count + row - start) * size + i % size));
    else
      results[0].set(i, base.at(i));
  }
  return success();
}

}  // namespace etch::ir
