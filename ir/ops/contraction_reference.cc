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
  int64_t depth = rhs.type.getShape().end()[getTransposeRhs() ? -1 : -2];
  int64_t lhsM = getTransposeLhs() ? 1 : depth, lhsK = getTransposeLhs() ? rows : 1;
  int64_t rhsK = getTransposeRhs() ? 1 : columns, rhsN = getTransposeRhs() ? depth : 1;

  int64_t matrix = rows * columns;
  int64_t sharing = 1;  // products with one matrix of rhs
  for (int64_t dim = rhs.type.getRank() - 2; dim < result.type.getRank() - 2; ++dim)
    sharing *= result.type.getDimSize(dim);
  std::vector<double> b(depth * columns);  // row-major (k, n)
  for (int64_t batch = 0; matrix > 0 && batch < result.size() / matrix; ++batch) {
    const double* source = rhs.floats.data() + batch / sharing * depth * columns;
    if (batch % sharing == 0)
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t n = 0; n < columns; ++n) b[k * columns + n] = source[k * rhsK + n * rhsN];
    const double* a = lhs.floats.data() + batch * rows * depth;
    double* c = result.floats.data() + batch * matrix;  // zero-filled
    // A whole row at a time, or models of any size would take minutes.
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t k = 0; k < depth; ++k) {
        double factor = a[m * lhsM + k * lhsK];
        for (int64_t n = 0; n < columns; ++n) c[m * columns + n] += factor * b[k * columns + n];
      }
  }
  return success();
}

}  // namespace etch::ir
