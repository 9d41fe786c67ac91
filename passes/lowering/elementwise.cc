#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {

using namespace mlir;

KernelTypeConverter::KernelTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](RankedTensorType type) -> Type {
    auto integer = dyn_cast<IntegerType>(type.getElementType());
    if (!integer || integer.isSignless()) return type;
    return type.clone(IntegerType::get(type.getContext(), integer.getWidth()));
  });
  auto cast = [](OpBuilder& builder, Type type, ValueRange inputs, Location loc) -> Value {
    return UnrealizedConversionCastOp::create(builder, loc, type, inputs).getResult(0);
  };
  addSourceMaterialization(cast);
  addTargetMaterialization(cast);
}

Type computeType(Type type) {
  return isa<Float16Type, BFloat16Type>(type) ? Float32Type::get(type.getContext()) : type;
}

Value convertFloat(OpBuilder& builder, Location loc, Value value, Type type) {
  if (value.getType() == type) return value;
  if (value.getType().getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(builder, loc, type, value);
  return arith::TruncFOp::create(builder, loc, type, value);
}

Value buildPointwise(OpBuilder& builder, Location loc, ValueRange inputs, RankedTensorType type,
                     BodyBuilder body) {
  int64_t rank = type.getRank();
  MLIRContext* context = builder.getContext();
  SmallVector<AffineMap> maps;
  for (Value input : inputs) {
    auto shape = cast<RankedTensorType>(input.getType()).getShape();
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < rank; ++i)
      exprs.push_back(shape[i] == 1 && type.getShape()[i] != 1 ? getAffineConstantExpr(0, context)
                                                               : getAffineDimExpr(i, context));
    maps.push_back(AffineMap::get(rank, 0, exprs, context));
  }
  maps.push_back(AffineMap::getMultiDimIdentityMap(rank, context));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  auto generic =
      linalg::GenericOp::create(builder, loc, TypeRange{type}, inputs, ValueRange{empty}, maps,
                                iterators, [&](OpBuilder& b, Location l, ValueRange args) {
                                  linalg::YieldOp::create(b, l, body(b, l, args.drop_back()));
                                });
  return generic.getResult(0);
}

namespace {

// Each elementwise op becomes one linalg.generic over its result.
struct LowerElementwise : OpInterfaceConversionPattern<ir::ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult matchAndRewrite(ir::ElementwiseOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = dyn_cast_if_present<RankedTensorType>(
        getTypeConverter()->convertType(op->getResult(0).getType()));
    if (!type) return rewriter.notifyMatchFailure(op, "result is not a ranked tensor");
    Type element = type.getElementType();
    Value result = buildPointwise(
        rewriter, op.getLoc(), operands, type,
        [&](OpBuilder& b, Location loc, ValueRange args) -> Value {
          SmallVector<Value> widened;
          for (Value arg : args)
            widened.push_back(convertFloat(b, loc, arg, computeType(arg.getType())));
          Value value = op.buildScalar(b, loc, widened);
          return isa<FloatType>(element) ? convertFloat(b, loc, value, element) : value;
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

}  // namespace

void populateElementwiseLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerElementwise>(types, patterns.getContext());
}

}  // namespace etch::passes
