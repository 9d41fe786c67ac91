// Canonical forms that concern several ops: each pattern leaves fewer or cheaper ops, so that
// applying them ends.
#include "etch/ir/build.h"
#include "etch/ir/ops/pad_sums.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace etch::ir {
namespace {

using llvm::SmallVector;
using mlir::Attribute;
using mlir::DenseElementsAttr;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

// ---- Elementwise ops of splats are splats.

Scalar splatScalar(DenseElementsAttr splat) {
  if (llvm::isa<mlir::FloatType>(splat.getElementType()))
    return Scalar::ofFloat(splat.getSplatValue<mlir::FloatAttr>().getValueAsDouble());
  auto value = splat.getSplatValue<llvm::APInt>();
  bool isSigned = value.getBitWidth() > 1 && !splat.getElementType().isUnsignedInteger();
  return Scalar::ofInt(isSigned ? value.getSExtValue()
                                : static_cast<int64_t>(value.getZExtValue()));
}

// `value` as every element of `type`, rounded or wrapped to its element type.
DenseElementsAttr splatOf(mlir::RankedTensorType type, Scalar value) {
  mlir::Type element = type.getElementType();
  ReferenceTensor one = ReferenceTensor::zeros(mlir::RankedTensorType::get({}, element));
  one.set(0, value);
  if (one.isFloat())
    return DenseElementsAttr::get(type, mlir::FloatAttr::get(element, one.floats[0]));
  llvm::APInt bits(element.getIntOrFloatBitWidth(), one.ints[0], /*isSigned=*/true,
                   /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, mlir::IntegerAttr::get(element, bits));
}

struct FoldSplats : mlir::OpInterfaceRewritePattern<ElementwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ElementwiseOpInterface op,
                                PatternRewriter& rewriter) const override {
    SmallVector<Scalar> args;
    for (Value operand : op->getOperands()) {
      Attribute value;
      if (!mlir::matchPattern(operand, mlir::m_Constant(&value)))
        return rewriter.notifyMatchFailure(op, "an operand is not constant");
      auto elements = llvm::dyn_cast<DenseElementsAttr>(value);
      if (!elements || !elements.isSplat())
        return rewriter.notifyMatchFailure(op, "an operand is not a splat");
      args.push_back(splatScalar(elements));
    }
    rewriter.replaceOpWithNewOp<ConstantOp>(
        op, splatOf(tensorType(op->getResult(0)), op.evaluateScalar(args)));
    return mlir::success();
  }
};

// ---- Tensors without elements

bool isEmpty(Value value) { return tensorType(value).getNumElements() == 0; }

// What has no elements is a constant: no kernel is run for it.
struct FoldEmptyResults : mlir::RewritePattern {
  explicit FoldEmptyResults(mlir::MLIRContext* context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  LogicalResult matchAndRewrite(mlir::Operation* op, PatternRewriter& rewriter) const override {
    if (!llvm::isa<EtchDialect>(op->getDialect()) || op->hasTrait<mlir::OpTrait::ConstantLike>())
      return rewriter.notifyMatchFailure(op, "a constant, or of another dialect");
    if (op->getNumResults() == 0 || op->getNumRegions() > 0 || !mlir::isPure(op) ||
        !llvm::all_of(op->getResults(), isEmpty))
      return rewriter.notifyMatchFailure(op, "has elements, or does more than compute them");
    SmallVector<Value> constants;
    for (Value result : op->getResults())
      constants.push_back(ConstantOp::create(rewriter, op->getLoc(),
                                             splatOf(tensorType(result), Scalar::ofInt(0))));
    rewriter.replaceOp(op, constants);
    return mlir::success();
  }
};

// The reduction of nothing is the neutral element.
struct FoldEmptyReduction : mlir::OpInterfaceRewritePattern<ReductionOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ReductionOpInterface op, PatternRewriter& rewriter) const override {
    if (!isEmpty(op->getOperand(0))) return rewriter.notifyMatchFailure(op, "has elements");
    mlir::RankedTensorType type = tensorType(op->getResult(0));
    rewriter.replaceOpWithNewOp<ConstantOp>(
        op,
        DenseElementsAttr::get(type, mlir::Attribute(op.neutralElement(type.getElementType()))));
    return mlir::success();
  }
};

// ---- Powers

// x^0 = 1, also for NaN; x^1 = x; x^2 = x * x.
struct SmallPower : mlir::OpRewritePattern<PowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PowOp op, PatternRewriter& rewriter) const override {
    Attribute attr;
    mlir::matchPattern(op.getRhs(), mlir::m_Constant(&attr));
    std::optional<double> exponent = splatNumber(attr);
    if (!exponent) return rewriter.notifyMatchFailure(op, "the exponent is not a number");
    Emitter e(rewriter, op.getLoc());
    Value x = op.getLhs();
    if (*exponent == 0)
      rewriter.replaceOp(op, e.like(x, 1));
    else if (*exponent == 1)
      rewriter.replaceOp(op, x);
    else if (*exponent == 2)
      rewriter.replaceOp(op, e.mul(x, x));
    else
      return rewriter.notifyMatchFailure(op, "the power is not a small one");
    return mlir::success();
  }
};

// ---- Sums of repeated elements

// reduce_sum of a broadcast: what was repeated n times counts n times, and only the operand's own
// elements are summed.
struct SumOfBroadcast : mlir::OpRewritePattern<ReduceSumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceSumOp op, PatternRewriter& rewriter) const override {
    auto broadcast = op.getInput().getDefiningOp<BroadcastOp>();
    if (!broadcast) return rewriter.notifyMatchFailure(op, "sums no broadcast");
    Value x = broadcast.getInput();
    SmallVector<int64_t> own;
    double times = 1;
    for (int64_t dim : op.getDims()) {
      if (shapeOf(x)[dim] == broadcast.getShape()[dim])
        own.push_back(dim);
      else
        times *= static_cast<double>(broadcast.getShape()[dim]);
    }
    Emitter e(rewriter, op.getLoc());
    Value sum =
        times == 0 ? e.splat(tensorType(x).clone(reducedShape(shapeOf(x), own)), 0) : e.sum(x, own);
    if (times != 0 && times != 1) sum = e.scale(sum, times);
    rewriter.replaceOp(op, e.broadcast(sum, shapeOf(op.getResult())));
    return mlir::success();
  }
};

// ---- Concatenations

// concat(concat(a, b), c) along one dimension is concat(a, b, c), and parts without elements go.
struct FlattenConcat : mlir::OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter& rewriter) const override {
    SmallVector<Value> parts;
    for (Value input : op.getInputs()) {
      auto inner = input.getDefiningOp<ConcatOp>();
      if (inner && inner.getDim() == op.getDim())
        llvm::append_range(parts, inner.getInputs());
      else if (shapeOf(input)[op.getDim()] > 0)
        parts.push_back(input);
    }
    if (parts.empty()) parts.push_back(op.getInputs()[0]);
    if (mlir::ValueRange(parts) == op.getInputs())
      return rewriter.notifyMatchFailure(op, "has no part that is a concatenation or empty");
    rewriter.replaceOpWithNewOp<ConcatOp>(op, parts, op.getDim());
    return mlir::success();
  }
};

// A slice that lies within one part of a concatenation reads that part.
struct SliceOfConcat : mlir::OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter& rewriter) const override {
    auto concat = op.getInput().getDefiningOp<ConcatOp>();
    if (!concat) return rewriter.notifyMatchFailure(op, "slices no concatenation");
    int64_t dim = concat.getDim(), offset = op.getOffsets()[dim], size = op.getSizes()[dim];
    if (size == 0) return rewriter.notifyMatchFailure(op, "reads nothing");
    int64_t last = offset + (size - 1) * op.getStrides()[dim], begin = 0;
    for (Value part : concat.getInputs()) {
      int64_t end = begin + shapeOf(part)[dim];
      if (offset >= begin && last < end) {
        auto offsets = llvm::to_vector(op.getOffsets());
        offsets[dim] -= begin;
        rewriter.replaceOpWithNewOp<SliceOp>(op, part, offsets, op.getSizes(), op.getStrides());
        return mlir::success();
      }
      begin = end;
    }
    return rewriter.notifyMatchFailure(op, "reads several parts");
  }
};

// ---- Rows in their own order, as position embeddings read them

// Whether `indices` are 0, 1, ..., n - 1.
bool countsUp(Value indices) {
  return shapeOf(indices).size() == 1 && indices.getDefiningOp<IotaOp>() != nullptr;
}

// gather(table, [0, 1, ..., n - 1]) is the first n rows.
struct GatherInOrder : mlir::OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter& rewriter) const override {
    if (!countsUp(op.getIndices()))
      return rewriter.notifyMatchFailure(op, "the indices do not count up");
    int64_t count = shapeOf(op.getIndices())[0];
    if (count > shapeOf(op.getTable())[0])
      return rewriter.notifyMatchFailure(op, "the last row is read several times");
    rewriter.replaceOp(op, Emitter(rewriter, op.getLoc()).sliceAlong(op.getTable(), 0, 0, count));
    return mlir::success();
  }
};

// scatter_add([0, 1, ..., n - 1], updates) is the updates, followed by rows of zeros.
struct ScatterInOrder : mlir::OpRewritePattern<ScatterAddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScatterAddOp op, PatternRewriter& rewriter) const override {
    Value updates = op.getUpdates();
    if (!countsUp(op.getIndices()))
      return rewriter.notifyMatchFailure(op, "the indices do not count up");
    int64_t missing = op.getRows() - shapeOf(op.getIndices())[0];
    if (missing < 0) return rewriter.notifyMatchFailure(op, "the last row takes several updates");
    SmallVector<int64_t> none(shapeOf(updates).size(), 0), high = none;
    high[0] = missing;
    rewriter.replaceOpWithNewOp<PadOp>(op, updates, none, high, none, mlir::FloatAttr());
    return mlir::success();
  }
};

}  // namespace

void EtchDialect::getCanonicalizationPatterns(mlir::RewritePatternSet& patterns) const {
  patterns.add<FoldSplats, FoldEmptyResults, FoldEmptyReduction, SmallPower, SumOfBroadcast,
               FlattenConcat, SliceOfConcat, GatherInOrder, ScatterInOrder>(getContext());
  addPadSumPatterns(patterns);
}

}  // namespace etch::ir
