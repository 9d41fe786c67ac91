#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {

LogicalResult ConvOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                               MutableArrayRef<ReferenceTensor> results, const ReferenceOptions&) {
  const ReferenceTensor &input = *operands[0], &weight = *operands[1];
  ArrayRef<int64_t> shape = input.type.getShape();
  size_t spatial = shape.size() - 2;
  int64_t channels = weight.type.getDimSize(1);
  int64_t features = weight.type.getDimSize(0) / static_cast<int64_t>(getGroups());
  SmallVector<int64_t> from(shape.size()), filter(shape.size());
  int64_t to = 0;
  forEachIndex(results[0].type.getShape(), [&](ArrayRef<int64_t> index) {
    double sum = 0;
    forEachIndex(weight.type.getShape().drop_front(), [&](ArrayRef<int64_t> k) {
      from[0] = index[0];
      from[1] = index[1] / features * channels + k[0];
      filter[0] = index[1];
      filter[1] = k[0];
      for (size_t i = 0; i < spatial; ++i) {
        int64_t at = index[i + 2] * getStride()[i] + k[i + 1] * getDilation()[i] - getLow()[i];
        // Between the elements, before the first and after the last there are zeros.
        if (at < 0 || at % getInputDilation()[i] != 0) return;
        from[i + 2] = at / getInputDilation()[i];
        if (from[i + 2] >= shape[i + 2]) return;
        filter[i + 2] = k[i + 1];
      }
      sum += input.at(positionOf(from, shape)).f *
             weight.at(positionOf(filter, weight.type.getShape())).f;
    });
    results[0].set(to++, Scalar::ofFloat(sum));
  });
  return success();
}

}  // namespace etch::ir
