#include <algorithm>

#include "etch/ir/dialect.h"
#include "etch/ir/reference.h"

using namespace mlir;

namespace etch::ir {
namespace {

// Copies row `row` of `stacked` to `one`, or the other way round.
template <typename Stacked, typename One, typename Copy>
void withRow(Stacked& stacked, One& one, int64_t row, Copy copy) {
  int64_t size = one.size();
  if (one.isFloat())
    copy(stacked.floats.begin() + row * size, one.floats.begin(), size);
  else
    copy(stacked.ints.begin() + row * size, one.ints.begin(), size);
}

std::vector<ReferenceTensor> zerosOf(TypeRange types) {
  std::vector<ReferenceTensor> zeros;
  for (Type type : types) zeros.push_back(ReferenceTensor::zeros(cast<RankedTensorType>(type)));
  return zeros;
}

}  // namespace

LogicalResult ScanOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                               MutableArrayRef<ReferenceTensor> results,
                               const ReferenceOptions& options) {
  size_t carries = numCarries(), inputs = getXs().size();
  std::vector<ReferenceTensor> rows = zerosOf(rowArguments().getTypes());
  for (size_t k = 0; k < carries; ++k) results[k] = *operands[k];
  int64_t length = static_cast<int64_t>(getLength());
  for (int64_t step = 0; step < length; ++step) {
    int64_t row = getReverse() ? length - 1 - step : step;
    SmallVector<const ReferenceTensor*> arguments;
    for (size_t k = 0; k < carries; ++k) arguments.push_back(&results[k]);
    for (size_t i = 0; i < inputs; ++i) {
      withRow(*operands[carries + i], rows[i], row,
              [](auto from, auto to, int64_t n) { std::copy_n(from, n, to); });
      arguments.push_back(&rows[i]);
    }
    llvm::append_range(arguments, operands.drop_front(carries + inputs));
    std::vector<ReferenceTensor> yielded = zerosOf(this->step().getTerminator()->getOperandTypes());
    if (failed(evaluateBlock(this->step(), arguments, yielded, options))) return failure();
    for (size_t k = 0; k < carries; ++k) results[k] = std::move(yielded[k]);
    for (size_t i = carries; i < yielded.size(); ++i)
      withRow(results[i], yielded[i], row,
              [](auto to, auto from, int64_t n) { std::copy_n(from, n, to); });
  }
  return success();
}

LogicalResult WhileOp::evaluate(ArrayRef<const ReferenceTensor*> operands,
                                MutableArrayRef<ReferenceTensor> results,
                                const ReferenceOptions& options) {
  size_t carries = getInits().size();
  for (size_t k = 0; k < carries; ++k) results[k] = *operands[k];
  while (true) {
    SmallVector<const ReferenceTensor*> arguments;
    for (size_t k = 0; k < carries; ++k) arguments.push_back(&results[k]);
    llvm::append_range(arguments, operands.drop_front(carries));
    std::vector<ReferenceTensor> go =
        zerosOf(getCondition().front().getTerminator()->getOperandTypes());
    if (failed(evaluateBlock(getCondition().front(), arguments, go, options))) return failure();
    if (!go[0].ints[0]) return success();
    std::vector<ReferenceTensor> next = zerosOf(getResultTypes());
    if (failed(evaluateBlock(getBody().front(), arguments, next, options))) return failure();
    for (size_t k = 0; k < carries; ++k) results[k] = std::move(next[k]);
  }
}

}  // namespace etch::ir
