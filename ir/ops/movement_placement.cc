// Where the operands of movement ops lie in the result.
#include "etch/ir/dialect.h"

namespace etch::ir {
namespace {

using namespace mlir;

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

}  // namespace

SmallVector<StridedLayout> TransposeOp::placements(const StridedLayout& result) {
  StridedLayout layout = result;
  for (auto [i, dim] : llvm::enumerate(getPermutation())) {
    layout.shape[dim] = result.shape[i];
    layout.strides[dim] = result.strides[i];
  }
  return {layout};
}

bool TransposeOp::coversResult() { return true; }

// The way back from the result's shape is a reshape too.
SmallVector<StridedLayout> ReshapeOp::placements(const StridedLayout& result) {
  FailureOr<StridedLayout> layout = reshaped(result, shapeOf(getInput()));
  if (failed(layout)) return {};
  return {*layout};
}

bool ReshapeOp::coversResult() { return true; }

SmallVector<StridedLayout> ConcatOp::placements(const StridedLayout& result) {
  SmallVector<StridedLayout> layouts;
  int64_t offset = result.offset;
  for (Value input : getInputs()) {
    StridedLayout layout = result;
    layout.offset = offset;
    layout.shape[getDim()] = shapeOf(input)[getDim()];
    offset += layout.shape[getDim()] * result.strides[getDim()];
    layouts.push_back(layout);
  }
  return layouts;
}

bool ConcatOp::coversResult() { return true; }

SmallVector<StridedLayout> PadOp::placements(const StridedLayout& result) {
  StridedLayout layout = result;
  for (auto [i, extent] : llvm::enumerate(shapeOf(getInput()))) {
    layout.offset += getLow()[i] * result.strides[i];
    layout.strides[i] = result.strides[i] * (1 + getInterior()[i]);
    layout.shape[i] = extent;
  }
  return {layout};
}

bool PadOp::coversResult() { return getInput().getType() == getType(); }

// The margins before and after the operand in each dimension, within the operand's range along the
// dimensions before it.
std::optional<SmallVector<StridedLayout>> PadOp::gaps(const StridedLayout& result) {
  if (llvm::any_of(getInterior(), [](int64_t zeros) { return zeros > 0; })) return std::nullopt;
  SmallVector<StridedLayout> margins;
  StridedLayout rest = result;
  for (auto [i, extent] : llvm::enumerate(shapeOf(getInput()))) {
    for (auto [begin, count] :
         {std::pair(int64_t{0}, getLow()[i]), std::pair(getLow()[i] + extent, getHigh()[i])}) {
      if (count == 0) continue;
      margins.push_back(rest);
      margins.back().offset += begin * rest.strides[i];
      margins.back().shape[i] = count;
    }
    rest.offset += getLow()[i] * rest.strides[i];
    rest.shape[i] = extent;
  }
  return margins;
}

double PadOp::filling() { return getValue() ? getValue()->convertToDouble() : 0; }

}  // namespace etch::ir
