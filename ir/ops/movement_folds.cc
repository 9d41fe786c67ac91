// Folds of movement ops and reductions: movements that move nothing, and movements of movements.
#include "etch/ir/build.h"
#include "mlir/IR/PatternMatch.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Attribute;
using mlir::OpFoldResult;
using mlir::Value;

namespace {

// A splat stays one wherever its elements go.
Attribute splatAs(Attribute input, mlir::Type type) {
  auto elements = llvm::dyn_cast_if_present<mlir::DenseElementsAttr>(input);
  if (!elements || !elements.isSplat()) return {};
  return elements.resizeSplat(llvm::cast<mlir::ShapedType>(type));
}

bool isAscending(ArrayRef<int64_t> permutation) {
  for (auto [i, dim] : llvm::enumerate(permutation))
    if (static_cast<int64_t>(i) != dim) return false;
  return true;
}

}  // namespace

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType()) return getInput();
  if (Attribute splat = splatAs(adaptor.getInput(), getType())) return splat;
  if (auto inner = getInput().getDefiningOp<BroadcastOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType()) return getInput();
  if (auto elements = llvm::dyn_cast_if_present<mlir::DenseElementsAttr>(adaptor.getInput()))
    return elements.reshape(llvm::cast<mlir::ShapedType>(getType()));
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (isAscending(getPermutation())) return getInput();
  if (Attribute splat = splatAs(adaptor.getInput(), getType())) return splat;
  if (auto inner = getInput().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> composed;
    for (int64_t dim : getPermutation()) composed.push_back(inner.getPermutation()[dim]);
    getInputMutable().assign(inner.getInput());
    setPermutation(composed);
    return getResult();
  }
  return {};
}

// Element i of a slice of a slice is element inner_offset + (offset + i * stride) * inner_stride.
OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType()) return getInput();
  if (Attribute splat = splatAs(adaptor.getInput(), getType())) return splat;
  if (auto inner = getInput().getDefiningOp<SliceOp>()) {
    SmallVector<int64_t> offsets, strides;
    for (auto [offset, size, stride, innerOffset, innerStride] : llvm::zip(
             getOffsets(), getSizes(), getStrides(), inner.getOffsets(), inner.getStrides())) {
      // A slice of no elements may stand past the last one, where a stride leads out of the
      // operand.
      offsets.push_back(size == 0 ? innerOffset : innerOffset + offset * innerStride);
      strides.push_back(stride * innerStride);
    }
    getInputMutable().assign(inner.getInput());
    setOffsets(offsets);
    setStrides(strides);
    return getResult();
  }
  return {};
}

OpFoldResult ReverseOp::fold(FoldAdaptor adaptor) {
  ArrayRef<int64_t> shape = shapeOf(getInput());
  if (llvm::all_of(getDims(), [&](int64_t dim) { return shape[dim] == 1; })) return getInput();
  if (Attribute splat = splatAs(adaptor.getInput(), getType())) return splat;
  auto inner = getInput().getDefiningOp<ReverseOp>();
  if (inner && inner.getDims() == getDims()) return inner.getInput();
  return {};
}

OpFoldResult WindowsOp::fold(FoldAdaptor adaptor) { return splatAs(adaptor.getInput(), getType()); }

OpFoldResult PadOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType()) return getInput();
  if (std::optional<double> splat = splatNumber(adaptor.getInput()); splat && *splat == filling())
    return splatAs(adaptor.getInput(), getType());
  return {};
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1) return getInputs()[0];
  return {};
}

namespace {

// A reduction along extents of 1 combines nothing.
template <typename OpTy>
OpFoldResult foldIdentity(OpTy op) {
  return op.getInput().getType() == op.getType() ? OpFoldResult(op.getInput()) : OpFoldResult();
}

// The extremum of equal numbers is that number, where there are any.
template <typename OpTy>
OpFoldResult foldExtremum(OpTy op, Attribute input) {
  if (OpFoldResult same = foldIdentity(op)) return same;
  if (extentAlong(shapeOf(op.getInput()), op.getDims()) == 0) return {};
  return splatAs(input, op.getType());
}

}  // namespace

OpFoldResult ReduceSumOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult same = foldIdentity(*this)) return same;
  if (std::optional<double> splat = splatNumber(adaptor.getInput()))
    if (llvm::isa<mlir::FloatType>(tensorType(getInput()).getElementType()))
      return splatAttr(tensorType(getResult()),
                       *splat * extentAlong(shapeOf(getInput()), getDims()));
  return {};
}
OpFoldResult ReduceProdOp::fold(FoldAdaptor) { return foldIdentity(*this); }
OpFoldResult ReduceMaxOp::fold(FoldAdaptor adaptor) {
  return foldExtremum(*this, adaptor.getInput());
}
OpFoldResult ReduceMinOp::fold(FoldAdaptor adaptor) {
  return foldExtremum(*this, adaptor.getInput());
}

}  // namespace etch::ir
