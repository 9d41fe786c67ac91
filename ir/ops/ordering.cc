// Type rules and derivatives of cumulative sums and sorting.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using mlir::Location;
using mlir::LogicalResult;
using mlir::MLIRContext;
using mlir::OpBuilder;
using mlir::RankedTensorType;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

LogicalResult CumsumOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  // cumsum_c1
  if (failed(checkDim(getOperationName(), loc, adaptor.getDim(), input.getRank())))
    return mlir::failure();
  types.push_back(input);
  return mlir::success();
}

LogicalResult SortOp::inferReturnTypes(MLIRContext* context, std::optional<Location> loc,
                                       Adaptor adaptor, SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  // sort_c1
  if (failed(checkDim(getOperationName(), loc, adaptor.getDim(), input.getRank())))
    return mlir::failure();
  types.push_back(input);
  types.push_back(RankedTensorType::get(input.getShape(), mlir::IntegerType::get(context, 64)));
  return mlir::success();
}

FusionRole CumsumOp::getFusionRole() { return FusionRole::kIsolated; }
FusionRole SortOp::getFusionRole() { return FusionRole::kIsolated; }

// x[i] is in the sums from i on: a cumulative sum from the other end.
SmallVector<Value> CumsumOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!llvm::isa<mlir::FloatType>(tensorType(getInput()).getElementType())) return {nullptr};
  return {Emitter(b, getLoc()).make<CumsumOp>(dy[0], getDim(), !getReverse(), getExclusive())};
}

// A permutation: each cotangent goes to where its element came from.
SmallVector<Value> SortOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!llvm::isa<mlir::FloatType>(tensorType(getInput()).getElementType())) return {nullptr};
  Emitter e(b, getLoc());
  ArrayRef<int64_t> shape = shapeOf(getInput());
  Type element = tensorType(getIndices()).getElementType();
  // Positions in the whole array: those of the rows and, along `dim`, the indices.
  Value position = getIndices();
  int64_t step = 1;
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 1; dim >= 0; --dim) {
    Value along =
        dim == static_cast<int64_t>(getDim()) ? getIndices() : e.make<IotaOp>(shape, dim, element);
    along = e.scale(along, static_cast<double>(step));
    position = step == 1 ? along : e.add(along, position);
    step *= shape[dim];
  }
  Value sums = e.make<ScatterAddOp>(e.reshape(position, {step}), e.reshape(dy[0], {step}), step);
  return {e.reshape(sums, shape)};
}

}  // namespace etch::ir
