#include "etch/ir/dialect.h"
#include "etch/ir/ops/reference_util.h"

using namespace mlir;

namespace etch::ir {

LogicalResult MatmulOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                 MutableArrayRef<ReferenceTensor> results,
                                 const ReferenceOptions&) {
  const ReferenceTensor &lhs = *operands[0], &rhs = *operands[1];
  ReferenceTensor& result = results[0];
  int64_t rows = result.type.getShape().end()[-2], columns = result.type.getShape().end()[-1];
  int64_t depth = lhs.type.getShape().end()[getTransposeLhs() ? -2 : -1];
  bool sharedRhs = rhs.type.getRank() == 2;
  // Strides of the last two dimensions, as (m, k) of lhs and (k, n) of rhs.
  int64_t lhsM = getTransposeLhs() ? 1 : depth, lhsK = getTransposeLhs() ? rows : 1;
  int64_t rhsK = getTransposeRhs() ? 1 : columns, rhsN = getTransposeRhs() ? depth : 1;

  int64_t matrix = rows * columns;
  for (int64_t batch = 0; matrix > 0 && batch < result.size() / matrix; ++batch) {
    const double* a = lhs.floats.data() + batch * rows * depth;
    const double* b = rhs.floats.data() + (sharedRhs ? 0 : batch * depth * columns);
    double* c = result.floats.data() + batch * matrix;
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t n = 0; n < columns; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < depth; ++k) sum += a[m * lhsM + k * lhsK] * b[k * rhsK + n * rhsN];
        c[m * columns + n] = sum;
      }
  }
  return success();
}

}  // namespace etch::ir
