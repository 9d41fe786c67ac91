// Type rules, derivatives and fusion roles of movement ops.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using mlir::emitOptionalError;
using mlir::Location;
using mlir::LogicalResult;
using mlir::MLIRContext;
using mlir::OpBuilder;
using mlir::RankedTensorType;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

LogicalResult BroadcastOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> shape = adaptor.getShape();
  // broadcast_c1
  if (input.getRank() != static_cast<int64_t>(shape.size()))
    return emitOptionalError(loc, "etch.broadcast of rank ", input.getRank(), " to rank ",
                             shape.size(), " (operand ", input, ", shape ", shapeText(shape),
                             "): reshape to the rank of the result first");
  if (failed(checkExtents(getOperationName(), loc, shape))) return mlir::failure();
  // broadcast_c2
  for (auto [dim, extents] : llvm::enumerate(llvm::zip(input.getShape(), shape))) {
    auto [from, to] = extents;
    if (from != 1 && from != to)
      return emitOptionalError(loc, "etch.broadcast of extent ", from, " to ", to, " in dimension ",
                               dim, " (operand ", input, ", shape ", shapeText(shape), ")");
  }
  types.push_back(input.clone(shape));
  return mlir::success();
}

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> shape = adaptor.getShape();
  if (failed(checkExtents(getOperationName(), loc, shape))) return mlir::failure();
  RankedTensorType result = input.clone(shape);
  // reshape_c1
  if (result.getNumElements() != input.getNumElements())
    return emitOptionalError(loc, "etch.reshape of ", input.getNumElements(), " elements to ",
                             result.getNumElements(), " (operand ", input, ", shape ",
                             shapeText(shape), ")");
  types.push_back(result);
  return mlir::success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  // transpose_c1
  if (input.getRank() != static_cast<int64_t>(permutation.size()))
    return emitOptionalError(loc, "etch.transpose has a permutation of ", permutation.size(),
                             " dimensions for rank ", input.getRank(), " (operand ", input, ")");
  SmallVector<int64_t> shape;
  SmallVector<bool> seen(permutation.size(), false);
  for (int64_t dim : permutation) {
    if (failed(checkDim(getOperationName(), loc, dim, input.getRank()))) return mlir::failure();
    if (seen[dim])
      return emitOptionalError(loc, "etch.transpose names dimension ", dim,
                               " twice in its permutation (operand ", input, ")");
    seen[dim] = true;
    shape.push_back(input.getDimSize(dim));
  }
  types.push_back(input.clone(shape));
  return mlir::success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> offsets = adaptor.getOffsets(), sizes = adaptor.getSizes();
  ArrayRef<int64_t> strides = adaptor.getStrides();
  size_t rank = input.getRank();
  // slice_c1
  if (offsets.size() != rank || sizes.size() != rank || strides.size() != rank)
    return emitOptionalError(loc, "etch.slice has ", offsets.size(), " offsets, ", sizes.size(),
                             " sizes and ", strides.size(), " strides for rank ", rank,
                             " (operand ", input, ")");
  // slice_c2
  for (size_t dim = 0; dim < rank; ++dim) {
    int64_t extent = input.getDimSize(dim), steps = std::max<int64_t>(sizes[dim] - 1, 0);
    // Divided instead of multiplied, so that no absurd attribute overflows.
    bool legal = offsets[dim] >= 0 && sizes[dim] >= 0 && strides[dim] > 0 &&
                 offsets[dim] <= extent - (sizes[dim] > 0 ? 1 : 0) &&
                 (steps == 0 || strides[dim] <= (extent - 1 - offsets[dim]) / steps);
    if (!legal)
      return emitOptionalError(loc, "etch.slice reads ", sizes[dim], " elements from ",
                               offsets[dim], " by steps of ", strides[dim], " in dimension ", dim,
                               " of extent ", extent, " (operand ", input, ")");
  }
  types.push_back(input.clone(sizes));
  return mlir::success();
}

LogicalResult ReverseOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  // reverse_c1
  if (failed(checkDims(getOperationName(), loc, adaptor.getDims(), input))) return mlir::failure();
  types.push_back(input);
  return mlir::success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> low = adaptor.getLow(), high = adaptor.getHigh();
  ArrayRef<int64_t> interior = adaptor.getInterior();
  size_t rank = input.getRank();
  // pad_c1
  if (low.size() != rank || high.size() != rank || interior.size() != rank)
    return emitOptionalError(loc, "etch.pad has ", low.size(), " low, ", high.size(), " high and ",
                             interior.size(), " interior paddings for rank ", rank, " (operand ",
                             input, ")");
  SmallVector<int64_t> shape;
  for (size_t dim = 0; dim < rank; ++dim) {
    if (low[dim] < 0 || high[dim] < 0 || interior[dim] < 0)
      return emitOptionalError(loc, "etch.pad has a negative padding (low ", low[dim], ", high ",
                               high[dim], ", interior ", interior[dim], ") in dimension ", dim);
    int64_t extent = input.getDimSize(dim);
    int64_t between = extent > 0 ? (extent - 1) * interior[dim] : 0;
    shape.push_back(low[dim] + extent + between + high[dim]);
  }
  types.push_back(input.clone(shape));
  return mlir::success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type>& types) {
  // concat_c1
  if (adaptor.getInputs().empty()) return emitOptionalError(loc, "etch.concat of no operands");
  RankedTensorType first = tensorType(adaptor.getInputs()[0]);
  int64_t dim = adaptor.getDim();
  if (failed(checkDim(getOperationName(), loc, dim, first.getRank())))
    return mlir::failure();  // concat_c2
  auto shape = llvm::to_vector(first.getShape());
  for (Value input : adaptor.getInputs().drop_front()) {
    RankedTensorType type = tensorType(input);
    // concat_c1
    if (type.getRank() != first.getRank() || type.getElementType() != first.getElementType())
      return emitOptionalError(loc, "etch.concat wants one rank and one element type, not ", first,
                               " and ", type);
    // concat_c2
    for (int64_t other = 0; other < first.getRank(); ++other)
      if (other != dim && type.getDimSize(other) != first.getDimSize(other))
        return emitOptionalError(loc, "etch.concat along dimension ", dim, " has extents ",
                                 first.getDimSize(other), " and ", type.getDimSize(other),
                                 " in dimension ", other, " (", first, " and ", type, ")");
    shape[dim] += type.getDimSize(dim);
  }
  types.push_back(first.clone(shape));
  return mlir::success();
}

LogicalResult PackOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t tile = adaptor.getTile(), rank = input.getRank();
  int64_t rowDims = adaptor.getRowDims(), columnDims = adaptor.getColumnDims();
  // pack_c1
  if (rowDims < 1 || columnDims < 1 || rank < rowDims + columnDims || tile <= 0)
    return emitOptionalError(loc, "etch.pack wants rank ",
                             std::max<int64_t>(rowDims, 1) + std::max<int64_t>(columnDims, 1),
                             " or more and a positive tile, not rank ", rank, " and tile ", tile,
                             " (operand ", input, ")");
  auto shape = PackOp::matrixShape(input.getShape(), rowDims, columnDims, adaptor.getTranspose());
  int64_t columns = shape.pop_back_val(), rows = shape.pop_back_val();
  if (adaptor.getTranspose()) std::swap(rows, columns);
  // pack_c2
  if (adaptor.getPairs() && (rows % 2 != 0 || input.getElementTypeBitWidth() != 16))
    return emitOptionalError(loc, "etch.pack in pairs wants an even number of rows of 16-bit ",
                             "elements, not ", rows, " rows (operand ", input, ")");
  shape.append({(columns + tile - 1) / tile, adaptor.getPairs() ? rows / 2 : rows, tile});
  if (adaptor.getPairs()) shape.push_back(2);
  types.push_back(input.clone(shape));
  return mlir::success();
}

SmallVector<int64_t> PackOp::matrixShape(ArrayRef<int64_t> shape, int64_t rowDims,
                                         int64_t columnDims, bool transpose) {
  int64_t last = transpose ? rowDims : columnDims, batch = shape.size() - rowDims - columnDims;
  SmallVector<int64_t> joined(shape.take_front(batch));
  joined.push_back(mlir::ShapedType::getNumElements(shape.drop_front(batch).drop_back(last)));
  joined.push_back(mlir::ShapedType::getNumElements(shape.take_back(last)));
  return joined;
}

LogicalResult UnpackOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t columns = adaptor.getColumns(), rank = input.getRank();
  // unpack_c1
  int64_t paired = adaptor.getPairs() ? 1 : 0;
  if (rank < 3 + paired)
    return emitOptionalError(loc, "etch.unpack wants rank ", 3 + paired, " or more, not ", rank,
                             " (operand ", input, ")");
  auto shape = llvm::to_vector(input.getShape());
  if (paired && shape.pop_back_val() != 2)
    return emitOptionalError(loc, "etch.unpack of pairs wants a last extent of 2 (operand ", input,
                             ")");
  int64_t tile = shape.pop_back_val(), rows = shape.pop_back_val(), panels = shape.pop_back_val();
  if (columns < 0 || tile <= 0 || (columns + tile - 1) / tile != panels)
    return emitOptionalError(loc, "etch.unpack of ", columns, " columns from ", panels,
                             " panels of ", tile, " (operand ", input, ")");
  if (paired) rows *= 2;
  shape.append({adaptor.getTranspose() ? columns : rows, adaptor.getTranspose() ? rows : columns});
  types.push_back(input.clone(shape));
  return mlir::success();
}

FusionRole BroadcastOp::getFusionRole() { return FusionRole::kView; }
FusionRole ReshapeOp::getFusionRole() { return FusionRole::kView; }
FusionRole TransposeOp::getFusionRole() { return FusionRole::kView; }
FusionRole SliceOp::getFusionRole() { return FusionRole::kView; }
FusionRole ReverseOp::getFusionRole() { return FusionRole::kView; }
FusionRole PadOp::getFusionRole() { return FusionRole::kIsolated; }
FusionRole ConcatOp::getFusionRole() { return FusionRole::kIsolated; }
FusionRole PackOp::getFusionRole() { return FusionRole::kIsolated; }
FusionRole UnpackOp::getFusionRole() { return FusionRole::kView; }

// ---- Derivatives: each movement is linear, and its transpose is another movement or a sum.

namespace {

// Movements of integers have no derivative.
bool isFloat(Value x) { return llvm::isa<mlir::FloatType>(tensorType(x).getElementType()); }

}  // namespace

SmallVector<Value> BroadcastOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  SmallVector<int64_t> repeated;
  for (auto [dim, extents] : llvm::enumerate(llvm::zip(shapeOf(getInput()), getShape())))
    if (std::get<0>(extents) != std::get<1>(extents)) repeated.push_back(dim);
  return {Emitter(b, getLoc()).sum(dy[0], repeated)};
}

SmallVector<Value> ReshapeOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  return {Emitter(b, getLoc()).reshape(dy[0], shapeOf(getInput()))};
}

SmallVector<Value> TransposeOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  return {Emitter(b, getLoc()).transpose(dy[0], inversePermutation(getPermutation()))};
}

SmallVector<Value> SliceOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  SmallVector<int64_t> high, interior;
  for (auto [extent, offset, size, stride] :
       llvm::zip(shapeOf(getInput()), getOffsets(), getSizes(), getStrides())) {
    int64_t covered = size > 0 ? (size - 1) * stride + 1 : 0;
    high.push_back(extent - offset - covered);
    interior.push_back(stride - 1);
  }
  return {Emitter(b, getLoc()).pad(dy[0], getOffsets(), high, interior)};
}

SmallVector<Value> ReverseOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  return {Emitter(b, getLoc()).make<ReverseOp>(dy[0], getDims())};
}

SmallVector<Value> PadOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  auto strides = llvm::to_vector(
      llvm::map_range(getInterior(), [](int64_t interior) { return interior + 1; }));
  return {Emitter(b, getLoc()).make<SliceOp>(dy[0], getLow(), shapeOf(getInput()), strides)};
}

SmallVector<Value> ConcatOp::buildVjp(OpBuilder& b, ValueRange dy) {
  Emitter e(b, getLoc());
  SmallVector<Value> parts;
  int64_t offset = 0, dim = getDim();
  for (Value input : getInputs()) {
    int64_t size = shapeOf(input)[dim];
    parts.push_back(isFloat(input) ? e.sliceAlong(dy[0], dim, offset, size) : Value());
    offset += size;
  }
  return parts;
}

SmallVector<Value> PackOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  Emitter e(b, getLoc());
  int64_t columns = getTranspose() ? matrixShape().end()[-2] : matrixShape().back();
  return {
      e.reshape(e.make<UnpackOp>(dy[0], columns, getTranspose(), getPairs()), shapeOf(getInput()))};
}

SmallVector<Value> UnpackOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  int64_t tile = shapeOf(getInput()).end()[getPairs() ? -2 : -1];
  return {Emitter(b, getLoc()).make<PackOp>(dy[0], tile, getTranspose(), 1, 1, getPairs())};
}

}  // namespace etch::ir
