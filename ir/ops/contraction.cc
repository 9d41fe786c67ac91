// Type rule, derivative and rewrites of matmul.
#include "etch/ir/build.h"
#include "etch/ir/ops/type_rules.h"
#include "mlir/IR/PatternMatch.h"

namespace etch::ir {

using llvm::SmallVector;
using mlir::emitOptionalError;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::Value;

namespace {

SmallVector<int64_t> contractedDims(int64_t rank, int64_t depthDims) {
  return llvm::to_vector(llvm::seq(rank - depthDims, rank));
}

}  // namespace

LogicalResult MatmulOp::inferReturnTypes(mlir::MLIRContext*, std::optional<mlir::Location> loc,
                                         Adaptor adaptor,
                                         llvm::SmallVectorImpl<mlir::Type>& types) {
  RankedTensorType lhs = tensorType(adaptor.getLhs()), rhs = tensorType(adaptor.getRhs());
  int64_t depthDims = adaptor.getDepthDims();
  // matmul_c5
  if (depthDims < 1)
    return emitOptionalError(loc, "etch.matmul contracts ", depthDims, " dimensions (lhs ", lhs,
                             ", rhs ", rhs, ")");
  // Of lhs with its contracted dimensions counted as one.
  int64_t rank = lhs.getRank() - depthDims + 1, rhsRank = rhs.getRank();
  // matmul_c1
  if (rank < 2 || rhsRank < 2 || rhsRank > rank)
    return emitOptionalError(
        loc,
        "etch.matmul wants lhs of rank 2 or more and rhs of rank 2 or more, at "
        "most that of lhs, not ranks ",
        rank, " and ", rhsRank, " (lhs ", lhs, ", rhs ", rhs, ")");
  // matmul_c4
  if (lhs.getElementType() != rhs.getElementType())
    return emitOptionalError(loc, "etch.matmul wants one element type, not ", lhs.getElementType(),
                             " and ", rhs.getElementType(), " (lhs ", lhs, ", rhs ", rhs, ")");
  // matmul_c5
  if (adaptor.getTransposeLhs() && (rank != rhsRank || depthDims > 1))
    return emitOptionalError(loc, "etch.matmul with transpose_lhs wants operands of one rank, not ",
                             lhs.getRank(), " and ", rhsRank, " (lhs ", lhs, ", rhs ", rhs, ")");
  auto shape = llvm::to_vector(lhs.getShape().take_front(rank - 1));
  int64_t k = extentAlong(lhs.getShape(), contractedDims(lhs.getRank(), depthDims));
  shape.push_back(k);
  int64_t rhsK = rhs.getDimSize(rhsRank - 2), n = rhs.getDimSize(rhsRank - 1);
  if (adaptor.getTransposeLhs()) {
    std::swap(shape[rank - 2], shape[rank - 1]);
    k = shape[rank - 1];
  }
  if (adaptor.getTransposeRhs()) std::swap(rhsK, n);
  // matmul_c2
  if (k != rhsK)
    return emitOptionalError(loc, "etch.matmul contracts ", k, " with ", rhsK, " (lhs ", lhs,
                             ", rhs ", rhs, ")");
  // matmul_c3
  for (int64_t dim = 0; dim < rhsRank - 2; ++dim)
    if (lhs.getDimSize(dim) != rhs.getDimSize(dim))
      return emitOptionalError(loc, "etch.matmul has extents ", lhs.getDimSize(dim), " and ",
                               rhs.getDimSize(dim), " in leading dimension ", dim, " (lhs ", lhs,
                               ", rhs ", rhs, ")");
  shape[rank - 1] = n;
  mlir::Type element = lhs.getElementType();
  if (adaptor.getWideResult() && element.getIntOrFloatBitWidth() < 32)
    element = mlir::Float32Type::get(lhs.getContext());
  types.push_back(RankedTensorType::get(shape, element));
  return mlir::success();
}

FusionRole MatmulOp::getFusionRole() { return FusionRole::kContraction; }

SmallVector<OperandDim> MatmulOp::scaledOperands(int64_t dim) {
  int64_t rank = tensorType(getResult()).getRank();
  int64_t rhs_rank = tensorType(getRhs()).getRank();
  if (dim == rank - 1) return {{1, getTransposeRhs() ? rhs_rank - 2 : rhs_rank - 1}};
  if (dim == rank - 2) return {{0, getTransposeLhs() ? dim + 1 : dim}};
  SmallVector<OperandDim> either = {{0, dim}};
  if (dim < rhs_rank - 2) either.push_back({1, dim});
  return either;
}

int64_t MatmulOp::countOperations() {
  int64_t k = shapeOf(getRhs()).end()[getTransposeRhs() ? -1 : -2];
  return 2 * k * tensorType(getResult()).getNumElements();
}

// Y = op(A) op(B), where op() is the identity or the transpose.
//   dA = dY op(B)ᵀ     dB = op(A)ᵀ dY     each transposed when its operand was.
// A rhs shared by leading dimensions sums dB over them: as one product of matrices of all rows.
SmallVector<Value> MatmulOp::buildVjp(mlir::OpBuilder& b, mlir::ValueRange cotangents) {
  Emitter e(b, getLoc());
  Value dy = cotangents[0], a = getLhs(), c = getRhs();
  bool ta = getTransposeLhs(), tc = getTransposeRhs();
  // Cotangents of a wide result are wide: so is the arithmetic on them, until the end.
  mlir::Type narrow = tensorType(a).getElementType(), wide = tensorType(dy).getElementType();
  a = e.cast(a, wide);
  c = e.cast(c, wide);
  auto product = [&](Value l, bool tl, Value r, bool tr) { return e.make<MatmulOp>(l, r, tl, tr); };
  Value da = ta ? product(c, tc, dy, true) : product(dy, false, c, !tc);
  da = e.reshape(da, shapeOf(a));
  if (shapeOf(c).size() != shapeOf(a).size()) {
    int64_t depth = shapeOf(c)[shapeOf(c).size() - (tc ? 1 : 2)];
    // Not from the numbers of elements: one of the two may be empty.
    int64_t batches = shapeOf(c).size() - 2, count = 1;
    for (int64_t extent : shapeOf(dy).drop_front(batches).drop_back()) count *= extent;
    auto rows = [&](Value x, int64_t columns) {
      SmallVector<int64_t> shape(shapeOf(c).drop_back(2));
      shape.append({count, columns});
      return e.reshape(x, shape);
    };
    a = rows(a, depth);
    dy = rows(dy, shapeOf(dy).back());
  }
  Value dc = tc ? product(dy, true, a, ta) : product(a, !ta, dy, false);
  return {e.cast(da, narrow), e.cast(dc, narrow)};
}

namespace {

// The operand of a transpose that swaps the last two dimensions and keeps the others, or null.
Value swappedMatrix(Value x) {
  auto transpose = x.getDefiningOp<TransposeOp>();
  if (!transpose) return nullptr;
  llvm::ArrayRef<int64_t> permutation = transpose.getPermutation();
  int64_t rank = permutation.size();
  if (rank < 2) return nullptr;
  for (int64_t dim = 0; dim < rank - 2; ++dim)
    if (permutation[dim] != dim) return nullptr;
  return permutation[rank - 1] == rank - 2 ? transpose.getInput() : Value();
}

// matmul(transpose(a), b) reads `a` transposed instead.
struct FoldTransposeIntoMatmul : mlir::OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MatmulOp op, mlir::PatternRewriter& rewriter) const override {
    bool sameRank = shapeOf(op.getLhs()).size() == shapeOf(op.getRhs()).size();
    sameRank &= op.getDepthDims() == 1;
    Value lhs = sameRank ? swappedMatrix(op.getLhs()) : Value();
    Value rhs = swappedMatrix(op.getRhs());
    if (!lhs && !rhs)
      return rewriter.notifyMatchFailure(op, "no operand is a transposed matrix it may read");
    rewriter.replaceOpWithNewOp<MatmulOp>(op, lhs ? lhs : op.getLhs(), rhs ? rhs : op.getRhs(),
                                          op.getTransposeLhs() != static_cast<bool>(lhs),
                                          op.getTransposeRhs() != static_cast<bool>(rhs),
                                          op.getDepthDims(), op.getWideResult());
    return mlir::success();
  }
};

}  // namespace

void MatmulOp::getCanonicalizationPatterns(mlir::RewritePatternSet& patterns,
                                           mlir::MLIRContext* context) {
  patterns.add<FoldTransposeIntoMatmul>(context);
}

}  // namespace etch::ir
