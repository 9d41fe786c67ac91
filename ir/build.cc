#include "etch/ir/build.h"

namespace etch::ir {

llvm::SmallVector<int64_t> reducedShape(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> dims) {
  auto result = llvm::to_vector(shape);
  for (int64_t dim : dims) result[dim] = 1;
  return result;
}

int64_t extentAlong(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> dims) {
  int64_t extent = 1;
  for (int64_t dim : dims) extent *= shape[dim];
  return extent;
}

llvm::SmallVector<int64_t> inversePermutation(llvm::ArrayRef<int64_t> permutation) {
  llvm::SmallVector<int64_t> inverse(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation)) inverse[dim] = i;
  return inverse;
}

llvm::SmallVector<int64_t> permutedNumbers(llvm::ArrayRef<int64_t> numbers,
                                           llvm::ArrayRef<int64_t> permutation) {
  llvm::SmallVector<int64_t> result;
  for (int64_t dim : permutation) result.push_back(numbers[dim]);
  return result;
}

llvm::SmallVector<int64_t> permutedDims(llvm::ArrayRef<int64_t> dims,
                                        llvm::ArrayRef<int64_t> permutation) {
  llvm::SmallVector<int64_t> inverse = inversePermutation(permutation), result;
  for (int64_t dim : dims) result.push_back(inverse[dim]);
  llvm::sort(result);
  return result;
}

mlir::DenseElementsAttr splatAttr(mlir::RankedTensorType type, double value) {
  mlir::Type element = type.getElementType();
  if (llvm::isa<mlir::FloatType>(element))
    return mlir::DenseElementsAttr::get(type, mlir::FloatAttr::get(element, value));
  return mlir::DenseElementsAttr::get(
      type, mlir::IntegerAttr::get(
                element, llvm::APInt(element.getIntOrFloatBitWidth(), static_cast<int64_t>(value),
                                     /*isSigned=*/true, /*implicitTrunc=*/true)));
}

std::optional<double> splatNumber(mlir::Attribute attr) {
  auto elements = llvm::dyn_cast_if_present<mlir::DenseElementsAttr>(attr);
  if (!elements || !elements.isSplat()) return std::nullopt;
  if (llvm::isa<mlir::FloatType>(elements.getElementType()))
    return elements.getSplatValue<mlir::FloatAttr>().getValueAsDouble();
  llvm::APInt value = elements.getSplatValue<llvm::APInt>();
  bool isSigned = value.getBitWidth() > 1 && !elements.getElementType().isUnsignedInteger();
  return isSigned ? static_cast<double>(value.getSExtValue())
                  : static_cast<double>(value.getZExtValue());
}

llvm::SmallVector<mlir::Value> cloneBlock(mlir::OpBuilder& builder, mlir::Block& block,
                                          mlir::ValueRange arguments, mlir::IRMapping* mapping) {
  mlir::IRMapping own;
  if (!mapping) mapping = &own;
  mapping->map(block.getArguments(), arguments);
  for (mlir::Operation& op : block.without_terminator()) builder.clone(op, *mapping);
  llvm::SmallVector<mlir::Value> yielded;
  for (mlir::Value value : block.getTerminator()->getOperands())
    yielded.push_back(mapping->lookup(value));
  return yielded;
}

mlir::Value Emitter::splat(mlir::Type type, double value) {
  return make<ConstantOp>(splatAttr(llvm::cast<mlir::RankedTensorType>(type), value));
}

mlir::Value Emitter::cast(mlir::Value x, mlir::Type element) {
  if (tensorType(x).getElementType() == element) return x;
  return make<CastOp>(x, element);
}

mlir::Value Emitter::sum(mlir::Value x, llvm::ArrayRef<int64_t> dims) {
  if (dims.empty()) return x;
  return make<ReduceSumOp>(x, dims);
}

mlir::Value Emitter::broadcast(mlir::Value x, llvm::ArrayRef<int64_t> shape) {
  if (shapeOf(x) == shape) return x;
  return make<BroadcastOp>(x, shape);
}

mlir::Value Emitter::reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape) {
  if (shapeOf(x) == shape) return x;
  return make<ReshapeOp>(x, shape);
}

mlir::Value Emitter::transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation)) return x;
  return make<TransposeOp>(x, permutation);
}

mlir::Value Emitter::sliceAlong(mlir::Value x, int64_t dim, int64_t offset, int64_t size) {
  auto sizes = llvm::to_vector(shapeOf(x));
  llvm::SmallVector<int64_t> offsets(sizes.size(), 0), strides(sizes.size(), 1);
  offsets[dim] = offset;
  sizes[dim] = size;
  return make<SliceOp>(x, offsets, sizes, strides);
}

}  // namespace etch::ir
