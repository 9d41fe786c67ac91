#include "etch/codegen/math_functions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// erf(x) = x P(x^2) / Q(x^2) up to where it is 1 in f32: a minimax fit of the relative error, made
// by iteratively reweighted least squares. (Upstream's has four ranges, and computes all of them.)
struct ErfPattern : OpRewritePattern<math::ErfOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ErfOp op, PatternRewriter& b) const override {
    Location loc = op.getLoc();
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32()) return failure();
    auto constant = [&](float value) -> Value {
      TypedAttr attribute = b.getF32FloatAttr(value);
      if (auto vector = dyn_cast<VectorType>(type))
        attribute = DenseElementsAttr::get(vector, value);
      return arith::ConstantOp::create(b, loc, attribute);
    };
    // A comparison and a selection are one instruction, which lets NaN through.
    auto clamp = [&](Value x, float bound) {
      Value high = constant(bound), low = constant(-bound);
      Value over = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, high);
      x = arith::SelectOp::create(b, loc, over, high, x);
      Value under = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, low);
      return arith::SelectOp::create(b, loc, under, low, x).getResult();
    };
    auto polynomial = [&](Value z, ArrayRef<float> coefficients) {
      Value sum = constant(coefficients.back());
      for (float c : llvm::reverse(coefficients.drop_back()))
        sum = math::FmaOp::create(b, loc, sum, z, constant(c));
      return sum;
    };
    constexpr float kOne = 3.92f;  // erf of it rounds to 1
    const float p[] = {1.1283791065216064f,    0.19039687514305115f,   0.052747275680303574f,
                       0.0037651588208973408f, 0.0002848648582585156f, 2.0500617665675236e-06f};
    const float q[] = {1.0f,
                       0.5020675659179688f,
                       0.1141049861907959f,
                       0.014968302100896835f,
                       0.001162410480901599f,
                       3.809051850112155e-05f};
    Value x = clamp(op.getOperand(), kOne);
    Value z = arith::MulFOp::create(b, loc, x, x);
    Value numerator = arith::MulFOp::create(b, loc, x, polynomial(z, p));
    Value quotient = arith::DivFOp::create(b, loc, numerator, polynomial(z, q));
    b.replaceOp(op, clamp(quotient, 1.0f));
    return success();
  }
};

}  // namespace

void populateMathFunctionPatterns(RewritePatternSet& patterns) {
  patterns.add<ErfPattern>(patterns.getContext());
}

}  // namespace etch::codegen
