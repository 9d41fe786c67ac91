// View layouts: the result of a movement as a strided reading of its operand's memory.
#include "etch/ir/build.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::FailureOr;
using llvm::SmallVector;

FailureOr<StridedLayout> BroadcastOp::viewLayout(const StridedLayout& source) {
  StridedLayout view{source.offset, llvm::to_vector(getShape()), source.strides};
  for (auto [from, to, stride] : llvm::zip(source.shape, view.shape, view.strides))
    if (from != to) stride = 0;
  return view;
}

FailureOr<StridedLayout> TransposeOp::viewLayout(const StridedLayout& source) {
  StridedLayout view{source.offset, {}, {}};
  for (int64_t dim : getPermutation()) {
    view.shape.push_back(source.shape[dim]);
    view.strides.push_back(source.strides[dim]);
  }
  return view;
}

FailureOr<StridedLayout> SliceOp::viewLayout(const StridedLayout& source) {
  StridedLayout view{source.offset, llvm::to_vector(getSizes()), source.strides};
  for (auto [offset, step, stride] : llvm::zip(getOffsets(), getStrides(), view.strides)) {
    view.offset += offset * stride;
    stride *= step;
  }
  return view;
}

FailureOr<StridedLayout> ReverseOp::viewLayout(const StridedLayout& source) {
  StridedLayout view = source;
  for (int64_t dim : getDims()) {
    view.offset += std::max<int64_t>(source.shape[dim] - 1, 0) * source.strides[dim];
    view.strides[dim] = -source.strides[dim];
  }
  return view;
}

// Old and new dimensions fall into the smallest groups of equal products. A group can be expressed
// when its old dimensions step through memory as one, each stride being the next one times its
// extent; the new dimensions then divide that one walk among them. Extents of 1 never step, so they
// neither break a walk nor need a true stride.
FailureOr<StridedLayout> reshaped(const StridedLayout& source, ArrayRef<int64_t> shape) {
  if (llvm::is_contained(shape, 0)) {
    StridedLayout view = StridedLayout::dense(shape);
    view.offset = source.offset;
    return view;
  }
  SmallVector<int64_t> oldShape, oldStrides;
  for (auto [extent, stride] : llvm::zip(source.shape, source.strides)) {
    if (extent == 1) continue;
    oldShape.push_back(extent);
    oldStrides.push_back(stride);
  }
  StridedLayout view{source.offset, llvm::to_vector(shape), SmallVector<int64_t>(shape.size(), 0)};
  size_t oldBegin = 0, newBegin = 0;
  while (oldBegin < oldShape.size()) {
    size_t oldEnd = oldBegin, newEnd = newBegin;
    int64_t oldCount = oldShape[oldEnd++], newCount = shape[newEnd++];
    while (oldCount != newCount) {
      if (oldCount < newCount)
        oldCount *= oldShape[oldEnd++];
      else
        newCount *= shape[newEnd++];
    }
    for (size_t dim = oldBegin; dim + 1 < oldEnd; ++dim)
      if (oldStrides[dim] != oldStrides[dim + 1] * oldShape[dim + 1]) return mlir::failure();
    int64_t stride = oldStrides[oldEnd - 1];
    for (size_t dim = newEnd; dim-- > newBegin;) {
      view.strides[dim] = stride;
      stride *= shape[dim];
    }
    oldBegin = oldEnd;
    newBegin = newEnd;
  }
  return view;  // what is left of the new dimensions has extent 1
}

FailureOr<StridedLayout> ReshapeOp::viewLayout(const StridedLayout& source) {
  return reshaped(source, getShape());
}

}  // namespace etch::ir
