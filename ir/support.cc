#include "etch/ir/support.h"

namespace etch::ir {

ReferenceTensor ReferenceTensor::zeros(mlir::RankedTensorType type) {
  ReferenceTensor tensor;
  tensor.type = type;
  if (tensor.isFloat())
    tensor.floats.assign(type.getNumElements(), 0.0);
  else
    tensor.ints.assign(type.getNumElements(), 0);
  return tensor;
}

void ReferenceTensor::set(int64_t linear, Scalar value) {
  if (isFloat()) {
    floats[linear] = value.asDouble();
    return;
  }
  mlir::Type element = type.getElementType();
  unsigned width = element.getIntOrFloatBitWidth();
  auto bits = static_cast<uint64_t>(value.asInt());
  if (width < 64) bits &= (uint64_t{1} << width) - 1;
  bool isSigned = width > 1 && !element.isUnsignedInteger();
  if (isSigned && width < 64 && (bits >> (width - 1)) != 0) bits |= ~uint64_t{0} << width;
  ints[linear] = static_cast<int64_t>(bits);
}

llvm::SmallVector<int64_t> denseStrides(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  return strides;
}

StridedLayout StridedLayout::dense(llvm::ArrayRef<int64_t> shape) {
  return {0, llvm::to_vector(shape), denseStrides(shape)};
}

bool StridedLayout::isDense() const {
  if (llvm::is_contained(shape, 0)) return true;
  if (offset != 0) return false;
  int64_t expected = 1;
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 1; dim >= 0; --dim) {
    if (shape[dim] == 1) continue;  // never stepped over, so its stride says nothing
    if (strides[dim] != expected) return false;
    expected *= shape[dim];
  }
  return true;
}

}  // namespace etch::ir
