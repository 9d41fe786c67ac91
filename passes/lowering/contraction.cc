#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;

// result[b..., m, n] = sum_k lhs[b..., m, k...] rhs[(b...,) k, n] as a linalg.generic over
// (b..., m, n, k...); transposed operands are read through permuted maps.
struct LowerMatmul : OpConversionPattern<ir::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::MatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    RankedTensorType type = cast<RankedTensorType>(op.getType());
    Type element = type.getElementType();
    Type wide = computeType(element);
    Location loc = op.getLoc();
    MLIRContext* context = rewriter.getContext();
    int64_t rank = type.getRank();
    auto dim = [&](int64_t i) { return getAffineDimExpr(i, context); };
    int64_t depth_dims = op.getDepthDims(), loops = rank + depth_dims;
    ArrayRef<int64_t> lhs_shape = cast<RankedTensorType>(adaptor.getLhs().getType()).getShape();
    AffineExpr n = dim(rank - 1);
    // The number of an element along the contracted dimensions, which rhs has as one.
    AffineExpr k = getAffineConstantExpr(0, context);
    SmallVector<AffineExpr> lhs_exprs, rhs_exprs, out;
    for (int64_t i = 0; i < rank; ++i) out.push_back(dim(i));
    lhs_exprs.assign(out.begin(), out.end() - 1);
    for (int64_t i = rank; i < loops; ++i) {
      lhs_exprs.push_back(dim(i));
      k = k * lhs_shape[i - 1] + dim(i);
    }
    if (op.getTransposeLhs()) std::swap(lhs_exprs[rank - 2], lhs_exprs[rank - 1]);
    int64_t rhs_rank = cast<RankedTensorType>(adaptor.getRhs().getType()).getRank();
    rhs_exprs.assign(out.begin(), out.begin() + rhs_rank - 2);
    rhs_exprs.append({op.getTransposeRhs() ? n : k, op.getTransposeRhs() ? k : n});
    SmallVector<AffineMap> maps = {
        AffineMap::get(loops, 0, lhs_exprs, context),
        AffineMap::get(loops, 0, rhs_exprs, context),
        AffineMap::get(loops, 0, out, context),
    };
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    iterators.append(depth_dims, utils::IteratorType::reduction);
    Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(wide));
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), wide);
    Value init =
        linalg::FillOp::create(rewriter, loc, ValueRange{zero}, ValueRange{empty}).getResult(0);
    Value result = linalg::GenericOp::create(rewriter, loc, TypeRange{init.getType()},
                                             ValueRange{adaptor.getLhs(), adaptor.getRhs()},
                                             ValueRange{init}, maps, iterators,
                                             [&](OpBuilder& b, Location l, ValueRange args) {
                                               Value x = convertFloat(b, l, args[0], wide);
                                               Value y = convertFloat(b, l, args[1], wide);
                                               Value product = arith::MulFOp::create(b, l, x, y);
                                               Value sum =
                                                   arith::AddFOp::create(b, l, args[2], product);
                                               linalg::YieldOp::create(b, l, sum);
                                             })
                       .getResult(0);
    if (wide != element)
      result = buildPointwise(rewriter, loc, {result}, type,
                              [&](OpBuilder& b, Location l, ValueRange args) {
                                return convertFloat(b, l, args[0], element);
                              });
    rewriter.replaceOp(op, result);
    return success();
  }
};

}  // namespace

void populateContractionLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerMatmul>(types, patterns.getContext());
}

}  // namespace etch::passes
