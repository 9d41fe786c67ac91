#include "etch/passes/lowering/patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace etch::passes {
namespace {

using namespace mlir;

// Philox4x32-10, the first output word. Source: Salmon et al., SC 2011, section 3.3.
class PhiloxBuilder {
 public:
  PhiloxBuilder(OpBuilder& builder, Location loc) : b_(builder), loc_(loc) {}

  Value firstWord(Value key, Value counter) {
    Value k0 = low(key), k1 = high(key);
    Value zero = constant(0);
    Value c0 = low(counter), c1 = high(counter), c2 = zero, c3 = zero;
    Value m0 = constant(0xD2511F53), m1 = constant(0xCD9E8D57);
    Value w0 = constant(0x9E3779B9), w1 = constant(0xBB67AE85);
    for (int round = 0; round < 10; ++round) {
      if (round > 0) {
        k0 = arith::AddIOp::create(b_, loc_, k0, w0);
        k1 = arith::AddIOp::create(b_, loc_, k1, w1);
      }
      auto p0 = arith::MulUIExtendedOp::create(b_, loc_, m0, c0);
      auto p1 = arith::MulUIExtendedOp::create(b_, loc_, m1, c2);
      Value n0 = xor3(p1.getHigh(), c1, k0), n2 = xor3(p0.getHigh(), c3, k1);
      c0 = n0;
      c1 = p1.getLow();
      c2 = n2;
      c3 = p0.getLow();
    }
    return c0;
  }

 private:
  Value constant(uint32_t value) {
    return arith::ConstantOp::create(b_, loc_, b_.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value xor3(Value x, Value y, Value z) {
    return arith::XOrIOp::create(b_, loc_, arith::XOrIOp::create(b_, loc_, x, y), z);
  }
  Value low(Value word) { return arith::TruncIOp::create(b_, loc_, b_.getI32Type(), word); }
  Value high(Value word) {
    Value shift = arith::ConstantOp::create(b_, loc_, b_.getI64IntegerAttr(32));
    return low(arith::ShRUIOp::create(b_, loc_, word, shift));
  }

  OpBuilder& b_;
  Location loc_;
};

struct LowerRandomUniform : OpConversionPattern<ir::RandomUniformOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ir::RandomUniformOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<int64_t> strides = ir::denseStrides(type.getShape());
    Value state = adaptor.getState();
    Value result = buildPointwise(
        rewriter, op.getLoc(), {}, type, [&](OpBuilder& b, Location loc, ValueRange) -> Value {
          auto index = [&](int64_t i) -> Value {
            return arith::ConstantIndexOp::create(b, loc, i);
          };
          Value key = tensor::ExtractOp::create(b, loc, state, index(0));
          Value counter = tensor::ExtractOp::create(b, loc, state, index(1));
          for (auto [dim, stride] : llvm::enumerate(strides)) {
            Value i = arith::IndexCastOp::create(b, loc, b.getI64Type(),
                                                 linalg::IndexOp::create(b, loc, dim));
            Value s = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(stride));
            counter = arith::AddIOp::create(b, loc, counter, arith::MulIOp::create(b, loc, i, s));
          }
          Value word = PhiloxBuilder(b, loc).firstWord(key, counter);
          Value eight = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(8));
          Value bits = arith::ShRUIOp::create(b, loc, word, eight);
          Value number = arith::SIToFPOp::create(b, loc, b.getF32Type(), bits);
          Value scale = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0x1p-24f));
          return arith::MulFOp::create(b, loc, number, scale);
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

}  // namespace

void populateRandomLowering(const KernelTypeConverter& types, RewritePatternSet& patterns) {
  patterns.add<LowerRandomUniform>(types, patterns.getContext());
}

}  // namespace etch::passes
