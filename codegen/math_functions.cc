#include "etch/codegen/math_functions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace etch::codegen {
namespace {

using namespace mlir;

// Arithmetic on values of one type, f32 or a vector of it.
struct Arithmetic {
  OpBuilder& b;
  Location loc;
  Type type;
  bool has_fma;

  Value constant(float value) {
    TypedAttr attribute = b.getF32FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type)) attribute = DenseElementsAttr::get(vector, value);
    return arith::ConstantOp::create(b, loc, attribute);
  }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) {
    if (has_fma) return math::FmaOp::create(b, loc, x, y, z);
    return arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, x, y), z);
  }
  // x within the limits. A comparison and a selection are one instruction, which lets NaN through.
  Value clamp(Value x, float low, float high) {
    auto limit = [&](arith::CmpFPredicate beyond, float bound) {
      Value y = constant(bound);
      x = arith::SelectOp::create(b, loc, arith::CmpFOp::create(b, loc, beyond, x, y), y, x);
    };
    limit(arith::CmpFPredicate::OGT, high);
    limit(arith::CmpFPredicate::OLT, low);
    return x;
  }
  // c[0] + c[1] x + c[2] x^2 + ...
  Value polynomial(Value x, ArrayRef<float> c) {
    Value sum = constant(c.back());
    for (float next : llvm::reverse(c.drop_back())) sum = fma(sum, x, constant(next));
    return sum;
  }
  // The number whose exponent bits are the low bits of x's.
  Value exponentFromLowBits(Value x) {
    Type integer = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type)) integer = vector.clone(integer);
    TypedAttr by = b.getI32IntegerAttr(23);
    if (auto vector = dyn_cast<VectorType>(integer))
      by = DenseElementsAttr::get(vector, Attribute(by));
    Value bits = arith::BitcastOp::create(b, loc, integer, x);
    bits = arith::ShLIOp::create(b, loc, bits, arith::ConstantOp::create(b, loc, by));
    return arith::BitcastOp::create(b, loc, type, bits);
  }
};

// Upstream's patterns match the same ops with benefit 1.
template <typename Op>
struct FunctionPattern : OpRewritePattern<Op> {
  FunctionPattern(MLIRContext* context, bool has_fma)
      : OpRewritePattern<Op>(context, /*benefit=*/2), has_fma(has_fma) {}

  LogicalResult matchAndRewrite(Op op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Arithmetic a{rewriter, op.getLoc(), op.getType(), has_fma};
    rewriter.replaceOp(op, build(a, op.getOperand()));
    return success();
  }
  virtual Value build(Arithmetic& a, Value x) const = 0;

  bool has_fma;
};

// erf(x) = x P(x^2) / Q(x^2) up to where it is 1 in f32: a minimax fit of the relative error, made
// by iteratively reweighted least squares. (Upstream's has four ranges, and computes all of them.)
struct ErfPattern : FunctionPattern<math::ErfOp> {
  using FunctionPattern::FunctionPattern;

  Value build(Arithmetic& a, Value x) const override {
    constexpr float kOne = 3.92f;  // erf of it rounds to 1
    const float p[] = {1.1283791065216064f,    0.19039687514305115f,   0.052747275680303574f,
                       0.0037651588208973408f, 0.0002848648582585156f, 2.0500617665675236e-06f};
    const float q[] = {1.0f,
                       0.5020675659179688f,
                       0.1141049861907959f,
                       0.014968302100896835f,
                       0.001162410480901599f,
                       3.809051850112155e-05f};
    x = a.clamp(x, -kOne, kOne);
    Value z = a.mul(x, x);
    Value quotient =
        arith::DivFOp::create(a.b, a.loc, a.mul(x, a.polynomial(z, p)), a.polynomial(z, q));
    return a.clamp(quotient, -1, 1);
  }
};

// e^x = 2^n e^r with n the integer nearest to x / ln 2. Adding 1.5 * 2^23 rounds to an integer,
// which is then in the low bits; with 126 more these are the exponent of 2^(n-1). The polynomial,
// that of Cephes, gives 2 e^r, so that 2^128 is never a factor.
struct ExpPattern : FunctionPattern<math::ExpOp> {
  using FunctionPattern::FunctionPattern;

  Value build(Arithmetic& a, Value x) const override {
    const float p[] = {2 * 5.0000001201e-1f, 2 * 1.6666665459e-1f, 2 * 4.1665795894e-2f,
                       2 * 8.3334519073e-3f, 2 * 1.3981999507e-3f, 2 * 1.9875691500e-4f};
    x = a.clamp(x, -87.6f, 89.0f);
    Value shift = a.constant(12582912.0f + 126.0f);
    Value shifted = a.fma(x, a.constant(1.44269504088896341f), shift);
    Value n = arith::SubFOp::create(a.b, a.loc, shifted, shift);
    Value r = a.fma(n, a.constant(-0.693359375f), x);
    r = a.fma(n, a.constant(2.12194440e-4f), r);
    Value two = a.constant(2);
    Value y = a.fma(a.mul(r, r), a.polynomial(r, p), a.fma(r, two, two));
    return a.mul(y, a.exponentFromLowBits(shifted));
  }
};

}  // namespace

void populateMathFunctionPatterns(RewritePatternSet& patterns, bool has_fma) {
  patterns.add<ErfPattern, ExpPattern>(patterns.getContext(), has_fma);
}

}  // namespace etch::codegen
