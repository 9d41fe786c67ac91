#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace etch::passes {
namespace {

using namespace mlir;

struct LowerConstant : OpConversionPattern<ir::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto value = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!value || !value.isSplat())
      return rewriter.notifyMatchFailure(op, "only a splat stands inside a kernel");
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    if (auto integer = dyn_cast<IntegerType>(value.getElementType());
        integer && integer.isUnsigned())
      value = DenseElementsAttr::get(type, value.getSplatValue<APInt>());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};

struct LowerIota : OpConversionPattern<ir::IotaOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::IotaOp op, OpAdaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    Type element = type.getElementType();
    Value result = buildPointwise(
        rewriter, op.getLoc(), {}, type, [&](OpBuilder& b, Location loc, ValueRange) -> Value {
          Value index = linalg::IndexOp::create(b, loc, op.getDim());
          if (isa<IntegerType>(element)) return arith::IndexCastOp::create(b, loc, element, index);
          Value integer = arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
          Value number = arith::SIToFPOp::create(b, loc, computeType(element), integer);
          return convertFloat(b, loc, number, element);
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

}  // namespace

void populateCreationLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerConstant, LowerIota>(types, patterns.getContext());
}

}  // namespace etch::passes
