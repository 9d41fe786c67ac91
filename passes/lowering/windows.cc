#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;

// The o with o * stride + k * dilation = p, or some other position in [0, count) where there is
// none.
struct Position {
  Value index;
  Value exists;
};

Position positionOf(OpBuilder& b, Location loc, Value k, Value p, int64_t stride, int64_t dilation,
                    int64_t count) {
  // 32 bits: vectors of them divide by constants fast.
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  };
  auto narrow = [&](Value index) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getI32Type(), index);
  };
  auto compare = [&](arith::CmpIPredicate order, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, loc, order, x, y);
  };
  Value offset = arith::SubIOp::create(
      b, loc, narrow(p), arith::MulIOp::create(b, loc, narrow(k), constant(dilation)));
  Value exists = compare(arith::CmpIPredicate::sge, offset, constant(0));
  offset = arith::MaxSIOp::create(b, loc, offset, constant(0));
  Value o = offset;
  if (stride > 1) {
    o = arith::DivUIOp::create(b, loc, offset, constant(stride));
    Value start = arith::MulIOp::create(b, loc, o, constant(stride));
    exists =
        arith::AndIOp::create(b, loc, exists, compare(arith::CmpIPredicate::eq, start, offset));
  }
  exists =
      arith::AndIOp::create(b, loc, exists, compare(arith::CmpIPredicate::slt, o, constant(count)));
  o = arith::MinSIOp::create(b, loc, o, constant(count - 1));
  return {arith::IndexCastOp::create(b, loc, b.getIndexType(), o), exists};
}

struct LowerSpread : OpConversionPattern<ir::SpreadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::SpreadOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(getTypeConverter()->convertType(op.getType()));
    Value input = adaptor.getInput();
    ArrayRef<int64_t> shape = cast<RankedTensorType>(input.getType()).getShape();
    int64_t n = op.getExtents().size(), lead = type.getRank() - 2 * n;
    Value result = buildPointwise(
        rewriter, op.getLoc(), {}, type, [&](OpBuilder& b, Location loc, ValueRange) -> Value {
          SmallVector<Value> from;
          for (int64_t i = 0; i < lead + n; ++i) from.push_back(linalg::IndexOp::create(b, loc, i));
          Value exists;
          for (int64_t i = 0; i < n; ++i) {
            Value p = linalg::IndexOp::create(b, loc, lead + n + i);
            Position position = positionOf(b, loc, from[lead + i], p, op.getStride()[i],
                                           op.getDilation()[i], shape[lead + n + i]);
            from.push_back(position.index);
            exists = exists ? Value(arith::AndIOp::create(b, loc, exists, position.exists))
                            : position.exists;
          }
          Value element = tensor::ExtractOp::create(b, loc, input, from);
          if (!exists) return element;
          Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element.getType()));
          return arith::SelectOp::create(b, loc, exists, element, zero);
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

}  // namespace

void populateWindowsLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerSpread>(types, patterns.getContext());
}

}  // namespace etch::passes
