#include "etch/codegen/schedule/factor.h"

namespace etch::codegen {

using namespace mlir;

Access Factor::overResult(ArrayRef<int64_t> shape) const {
  Access result;
  result.layout.shape.assign(shape.begin(), shape.end());
  result.layout.strides = strides;
  return result;
}

FailureOr<Factor> factorOf(linalg::GenericOp op, OpOperand& operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  int64_t loops = op.getNumLoops(), reductions = op.getNumReductionLoops();
  int64_t rank = loops - reductions;
  auto unpack = operand.get().getDefiningOp<linalg::UnPackOp>();
  std::optional<Access> access = sourceOf(unpack ? unpack.getSource() : operand.get());
  if (!access) return op.emitError("cannot be scheduled: an operand is not in memory");
  Factor factor;
  factor.access = *access;
  factor.strides.assign(rank, 0);
  factor.depth_strides.assign(reductions, 0);
  const auto& layout = access->layout;
  auto ranges = op.getStaticLoopRanges();
  // The depth as one dimension: `stride` between its elements.
  auto depthAlong = [&](int64_t stride) {
    for (int64_t i = reductions; i-- > 0; stride *= ranges[rank + i])
      factor.depth_strides[i] = stride;
  };
  if (unpack) {
    factor.pairs = unpack.getMixedTiles().size() == 2;
    factor.panel = layout.shape.end()[factor.pairs ? -2 : -1];
    depthAlong(factor.panel);
  }
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    if (factor.panel && i + 2 >= map.getNumResults()) break;
    int64_t stride = layout.shape[i] == 1 ? 0 : layout.strides[i];
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim) {
      depthAlong(stride);
    } else if (int64_t position = dim.getPosition(); position < rank) {
      factor.strides[position] = stride;
    } else {
      factor.depth_strides[position - rank] = stride;
    }
  }
  return factor;
}

SmallVector<DepthLoop> depthLoops(ArrayRef<int64_t> extents, const Factor& lhs, const Factor& rhs) {
  SmallVector<DepthLoop> loops;
  for (auto [extent, left, right] : llvm::zip(extents, lhs.depth_strides, rhs.depth_strides)) {
    DepthLoop loop{extent, left, right};
    if (extent == 1) continue;
    if (!loops.empty() && loops.back().lhs_stride == left * extent &&
        loops.back().rhs_stride == right * extent)
      loop.extent *= loops.pop_back_val().extent;
    loops.push_back(loop);
  }
  if (loops.empty()) loops.emplace_back();
  return loops;
}

}  // namespace etch::codegen
