// Type rules, view layout, derivatives and decomposition of sliding windows and of their sum.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"
#include "etch/ir/ops/windows_fold.h"

namespace etch::ir {

using llvm::ArrayRef;
using llvm::FailureOr;
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

namespace {

bool isFloat(Value x) { return llvm::isa<mlir::FloatType>(tensorType(x).getElementType()); }

// The number of windows in `extent`, 0 where none fits.
int64_t windowCount(int64_t extent, int64_t kernel, int64_t stride, int64_t dilation) {
  // Divided instead of multiplied, so that no absurd attribute overflows.
  if (extent < 1 || (kernel > 1 && dilation > (extent - 1) / (kernel - 1))) return 0;
  return (extent - (kernel - 1) * dilation - 1) / stride + 1;
}

// What fold and spread have in common: the shape without the windows' places and positions.
template <typename Adaptor>
LogicalResult checkFold(llvm::StringRef op, std::optional<Location> loc, Adaptor adaptor) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> extents = adaptor.getExtents(), stride = adaptor.getStride();
  ArrayRef<int64_t> dilation = adaptor.getDilation();
  size_t n = extents.size(), rank = input.getRank();
  // fold_c1
  if (stride.size() != n || dilation.size() != n || rank < 2 * n)
    return emitOptionalError(loc, op, " has ", n, " extents, ", stride.size(), " strides and ",
                             dilation.size(), " dilations for rank ", rank, " (operand ", input,
                             ")");
  // fold_c2
  for (size_t i = 0; i < n; ++i) {
    int64_t kernel = input.getDimSize(rank - 2 * n + i), count = input.getDimSize(rank - n + i);
    if (extents[i] < 1 || stride[i] < 1 || dilation[i] < 1 || kernel < 1 ||
        windowCount(extents[i], kernel, stride[i], dilation[i]) != count)
      return emitOptionalError(loc, op, " of ", count, " windows of ", kernel,
                               " elements in extent ", extents[i], " with stride ", stride[i],
                               " and dilation ", dilation[i], " (operand ", input, ")");
  }
  return mlir::success();
}

}  // namespace

LogicalResult WindowsOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type>& types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> kernel = adaptor.getKernel(), stride = adaptor.getStride();
  ArrayRef<int64_t> dilation = adaptor.getDilation();
  size_t n = kernel.size(), rank = input.getRank();
  // windows_c1
  if (stride.size() != n || dilation.size() != n || n > rank)
    return emitOptionalError(loc, "etch.windows has ", n, " kernel extents, ", stride.size(),
                             " strides and ", dilation.size(), " dilations for rank ", rank,
                             " (operand ", input, ")");
  auto shape = llvm::to_vector(input.getShape().drop_back(n));
  llvm::append_range(shape, kernel);
  for (size_t i = 0; i < n; ++i) {
    int64_t extent = input.getDimSize(rank - n + i);
    bool positive = kernel[i] > 0 && stride[i] > 0 && dilation[i] > 0;
    int64_t count = positive ? windowCount(extent, kernel[i], stride[i], dilation[i]) : 0;
    // windows_c2
    if (count == 0)
      return emitOptionalError(loc, "etch.windows of ", kernel[i], " elements with stride ",
                               stride[i], " and dilation ", dilation[i], " in extent ", extent,
                               " (operand ", input, ")");
    shape.push_back(count);
  }
  types.push_back(input.clone(shape));
  return mlir::success();
}

LogicalResult FoldOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type>& types) {
  if (failed(checkFold(getOperationName(), loc, adaptor))) return mlir::failure();
  RankedTensorType input = tensorType(adaptor.getInput());
  auto shape = llvm::to_vector(input.getShape().drop_back(2 * adaptor.getExtents().size()));
  llvm::append_range(shape, adaptor.getExtents());
  types.push_back(input.clone(shape));
  return mlir::success();
}

LogicalResult SpreadOp::inferReturnTypes(MLIRContext*, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type>& types) {
  if (failed(checkFold(getOperationName(), loc, adaptor))) return mlir::failure();
  RankedTensorType input = tensorType(adaptor.getInput());
  auto shape = llvm::to_vector(input.getShape().drop_back(adaptor.getExtents().size()));
  llvm::append_range(shape, adaptor.getExtents());
  types.push_back(input.clone(shape));
  return mlir::success();
}

FusionRole WindowsOp::getFusionRole() { return FusionRole::kView; }
FusionRole SpreadOp::getFusionRole() { return FusionRole::kPointwise; }

FailureOr<StridedLayout> WindowsOp::viewLayout(const StridedLayout& source) {
  size_t n = getKernel().size(), lead = source.shape.size() - n;
  ArrayRef<int64_t> strides = source.strides, windows = shapeOf(getResult()).take_back(n);
  StridedLayout view{source.offset,
                     SmallVector<int64_t>(source.shape.begin(), source.shape.begin() + lead),
                     llvm::to_vector(strides.take_front(lead))};
  llvm::append_range(view.shape, getKernel());
  llvm::append_range(view.shape, windows);
  for (auto [stride, step] : llvm::zip(strides.take_back(n), getDilation()))
    view.strides.push_back(stride * step);
  for (auto [stride, step] : llvm::zip(strides.take_back(n), getStride()))
    view.strides.push_back(stride * step);
  return view;
}

// Reading windows and summing them where they overlap are each other's transposes.
SmallVector<Value> WindowsOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  ArrayRef<int64_t> extents = shapeOf(getInput()).take_back(getKernel().size());
  return {Emitter(b, getLoc()).make<FoldOp>(dy[0], extents, getStride(), getDilation())};
}

SmallVector<Value> FoldOp::buildVjp(OpBuilder& b, ValueRange dy) {
  if (!isFloat(getInput())) return {nullptr};
  size_t n = getExtents().size();
  ArrayRef<int64_t> kernel = shapeOf(getInput()).drop_back(n).take_back(n);
  return {Emitter(b, getLoc()).make<WindowsOp>(dy[0], kernel, getStride(), getDilation())};
}

namespace {

// Windows that do not overlap: each is put in its place, o * stride + k, with zeros in the gaps
// behind it. Only moves.
Value placeWindows(Emitter& e, FoldOp op) {
  size_t n = op.getExtents().size();
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  int64_t lead = shape.size() - 2 * n;
  SmallVector<int64_t> order, low(shape.size(), 0), high(shape.size(), 0), joined;
  for (int64_t dim = 0; dim < lead; ++dim) {
    order.push_back(dim);
    joined.push_back(shape[dim]);
  }
  for (size_t i = 0; i < n; ++i) {
    order.append({static_cast<int64_t>(lead + n + i), static_cast<int64_t>(lead + i)});
    high[lead + 2 * i + 1] = op.getStride()[i] - shape[lead + i];
    joined.push_back(shape[lead + n + i] * op.getStride()[i]);
  }
  Value x = e.transpose(op.getInput(), order);
  if (llvm::any_of(high, [](int64_t gap) { return gap > 0; })) x = e.pad(x, low, high, low);
  x = e.reshape(x, joined);
  // The last gap may reach beyond the operand of the windows, or end before it.
  SmallVector<int64_t> none(joined.size(), 0), steps(joined.size(), 1), kept(joined), missing(none);
  for (size_t i = 0; i < n; ++i) {
    kept[lead + i] = std::min(joined[lead + i], op.getExtents()[i]);
    missing[lead + i] = op.getExtents()[i] - kept[lead + i];
  }
  if (kept != joined) x = e.make<SliceOp>(x, none, kept, steps);
  if (missing != none) x = e.pad(x, none, missing, none);
  return x;
}

}  // namespace

SmallVector<Value> FoldOp::decompose(OpBuilder& b) {
  Emitter e(b, getLoc());
  size_t n = getExtents().size();
  ArrayRef<int64_t> kernel = shapeOf(getInput()).drop_back(n).take_back(n);
  bool apart = true;
  for (auto [k, s, d] : llvm::zip(kernel, getStride(), getDilation()))
    apart &= k == 1 || (d == 1 && k <= s);
  if (apart) return {placeWindows(e, *this)};
  if (Value sums = foldInPhases(b, *this)) return {sums};
  Value places = e.make<SpreadOp>(getInput(), getExtents(), getStride(), getDilation());
  SmallVector<int64_t> dims;
  for (size_t i = 0; i < n; ++i) dims.push_back(shapeOf(getInput()).size() - 2 * n + i);
  return {e.reshape(e.sum(places, dims), shapeOf(getResult()))};
}

}  // namespace etch::ir
