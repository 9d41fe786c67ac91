#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;

// A reduction becomes a linalg.generic over its operand, started from the neutral element. f16 and
// bf16 are combined in f32 and rounded once.
struct LowerReduction : OpInterfaceConversionPattern<ir::ReductionOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult matchAndRewrite(ir::ReductionOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op->getResult(0).getType()));
    Type element = type.getElementType();
    Type wide = computeType(element);
    Location loc = op.getLoc();
    MLIRContext* context = rewriter.getContext();
    int64_t rank = type.getRank();
    SmallVector<AffineExpr> exprs;
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    for (int64_t i = 0; i < rank; ++i) exprs.push_back(getAffineDimExpr(i, context));
    for (int64_t dim : op.getReducedDims()) {
      exprs[dim] = getAffineConstantExpr(0, context);
      iterators[dim] = utils::IteratorType::reduction;
    }
    Value neutral = arith::ConstantOp::create(rewriter, loc, op.neutralElement(wide));
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(), wide);
    Value init =
        linalg::FillOp::create(rewriter, loc, ValueRange{neutral}, ValueRange{empty}).getResult(0);
    SmallVector<AffineMap> maps = {AffineMap::getMultiDimIdentityMap(rank, context),
                                   AffineMap::get(rank, 0, exprs, context)};
    Value result = linalg::GenericOp::create(
                       rewriter, loc, TypeRange{init.getType()}, ValueRange{operands[0]},
                       ValueRange{init}, maps, iterators,
                       [&](OpBuilder& b, Location l, ValueRange args) {
                         Value value =
                             isa<FloatType>(wide) ? convertFloat(b, l, args[0], wide) : args[0];
                         linalg::YieldOp::create(b, l, op.buildCombiner(b, l, value, args[1]));
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

void populateReductionLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerReduction>(types, patterns.getContext());
}

}  // namespace etch::passes
