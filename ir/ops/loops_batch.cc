// Work of a scan that does not wait for its carries, done for all steps at once: a product of all
// rows keeps the machine busy where one of a step's rows does not.
#include "etch/ir/ops/loops_batch.h"

#include "etch/ir/build.h"
#include "mlir/IR/PatternMatch.h"

namespace etch::ir {
namespace {

using llvm::SmallVector;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

// `shape` behind the steps.
SmallVector<int64_t> stacked(ScanOp scan, llvm::ArrayRef<int64_t> shape) {
  SmallVector<int64_t> result{static_cast<int64_t>(scan.getLength())};
  llvm::append_range(result, shape);
  return result;
}

// A scan that gains inputs and further results; what is added stands behind what was there.
class Wider {
 public:
  Wider(ScanOp scan, PatternRewriter& rewriter) : scan_(scan), rewriter_(rewriter) {}

  // A row argument for `x`.
  Value addRows(Value x) {
    auto type = tensorType(x);
    unsigned at = scan_.numCarries() + scan_.getXs().size() + xs_.size();
    xs_.push_back(x);
    return scan_.step().insertArgument(at, type.clone(type.getShape().drop_front()), x.getLoc());
  }
  // The number, among the further results, of one that stacks `value`.
  unsigned addResult(Value value) {
    rewriter_.modifyOpInPlace(scan_.step().getTerminator(), [&] {
      mlir::Operation* yield = scan_.step().getTerminator();
      yield->insertOperands(yield->getNumOperands(), value);
    });
    results_.push_back(tensorType(value).clone(stacked(scan_, shapeOf(value))));
    return scan_.ys().size() + results_.size() - 1;
  }
  // The new scan in the place of the old one.
  ScanOp finish() {
    SmallVector<Value> xs = llvm::to_vector(scan_.getXs());
    llvm::append_range(xs, xs_);
    SmallVector<Type> types(scan_.getResultTypes());
    llvm::append_range(types, results_);
    rewriter_.setInsertionPoint(scan_);
    auto wider = ScanOp::create(rewriter_, scan_.getLoc(), types, scan_.getInits(), xs,
                                scan_.getCaptures(), scan_.getLengthAttr(), scan_.getReverseAttr());
    rewriter_.inlineRegionBefore(scan_.getBody(), wider.getBody(), wider.getBody().end());
    rewriter_.replaceOp(scan_, wider->getResults().take_front(scan_->getNumResults()));
    return wider;
  }

 private:
  ScanOp scan_;
  PatternRewriter& rewriter_;
  SmallVector<Value> xs_;
  SmallVector<Type> results_;
};

// What `argument` of the body is a row of, or nothing.
Value rowsBehind(ScanOp scan, Value argument) {
  auto at = llvm::find(scan.rowArguments(), argument);
  return at == scan.rowArguments().end()
             ? Value()
             : Value(scan.getXs()[std::distance(scan.rowArguments().begin(), at)]);
}

// The products of rows [m, k] with a captured matrix are one product of all rows [steps m, k].
struct BatchRowProducts : mlir::OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter& rewriter) const override {
    for (auto product : scan.step().getOps<MatmulOp>()) {
      Value rows = rowsBehind(scan, product.getLhs());
      auto capture = llvm::find(scan.captureArguments(), product.getRhs());
      if (!rows || capture == scan.captureArguments().end() || product.getTransposeLhs() ||
          shapeOf(product.getLhs()).size() != 2 || shapeOf(product.getRhs()).size() != 2)
        continue;
      Emitter e(rewriter, product.getLoc());
      Value matrix = scan.getCaptures()[std::distance(scan.captureArguments().begin(), capture)];
      llvm::ArrayRef<int64_t> shape = shapeOf(rows);
      Value flat = e.reshape(rows, {shape[0] * shape[1], shape[2]});
      Value all = e.make<MatmulOp>(flat, matrix, false, product.getTransposeRhs());
      all = e.reshape(all, stacked(scan, shapeOf(product.getResult())));
      Wider wider(scan, rewriter);
      rewriter.replaceOp(product, wider.addRows(all));
      wider.finish();
      return mlir::success();
    }
    return rewriter.notifyMatchFailure(scan, "multiplies no rows by what it captures");
  }
};

// The term that carry `k` sums up over the steps, where that is all that is done with the carry.
Value summedTerm(ScanOp scan, unsigned k) {
  Value sum = scan.carryArguments()[k];
  auto add = scan.yieldedCarries()[k].getDefiningOp<AddOp>();
  if (!add || !sum.hasOneUse() || !add->hasOneUse() || !isFloatTensor(sum)) return nullptr;
  if (add.getLhs() == sum) return add.getRhs();
  return add.getRhs() == sum ? add.getLhs() : Value();
}

// A sum over the steps of aᵀ b, as gradients of weights are, is one product of all a and b stacked;
// a sum of sums over rows, as gradients of biases are, one sum.
struct SumAfterwards : mlir::OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter& rewriter) const override {
    for (unsigned k = 0; k < scan.numCarries(); ++k) {
      Value term = summedTerm(scan, k);
      if (!term || !term.hasOneUse()) continue;
      if (auto product = term.getDefiningOp<MatmulOp>())
        if (succeeded(sumProducts(scan, k, product, rewriter))) return mlir::success();
      while (auto reshape = term.getDefiningOp<ReshapeOp>()) term = reshape.getInput();
      if (auto sum = term.getDefiningOp<ReduceSumOp>())
        if (sum->hasOneUse()) return sumSums(scan, k, sum, rewriter);
    }
    return rewriter.notifyMatchFailure(scan, "carries no sum that can wait");
  }

 private:
  // All values of `value`, a row of something or a further result of the wider scan.
  struct Stacked {
    Stacked(ScanOp scan, Value value, Wider& wider) : rows(rowsBehind(scan, value)) {
      if (!rows) number = wider.addResult(value);
    }
    Value in(ScanOp wider) const { return rows ? rows : Value(wider.ys()[number]); }
    Value rows;
    unsigned number = 0;
  };

  static LogicalResult sumProducts(ScanOp scan, unsigned k, MatmulOp product,
                                   PatternRewriter& rewriter) {
    Value a = product.getLhs(), b = product.getRhs();
    if (!product.getTransposeLhs() || product.getTransposeRhs() || shapeOf(a).size() != 2 ||
        shapeOf(b).size() != 2)
      return mlir::failure();
    Wider wider(scan, rewriter);
    Stacked lefts(scan, a, wider), rights(scan, b, wider);
    return finish(scan, k, wider, rewriter, [&](Emitter e, ScanOp wide) -> Value {
      auto flat = [&](Value x) {
        return e.reshape(x, {shapeOf(x)[0] * shapeOf(x)[1], shapeOf(x)[2]});
      };
      return e.make<MatmulOp>(flat(lefts.in(wide)), flat(rights.in(wide)), true, false);
    });
  }

  static LogicalResult sumSums(ScanOp scan, unsigned k, ReduceSumOp sum,
                               PatternRewriter& rewriter) {
    SmallVector<int64_t> dims{0};
    for (int64_t dim : sum.getDims()) dims.push_back(dim + 1);
    auto shape = llvm::to_vector(shapeOf(scan.getInits()[k]));
    Wider wider(scan, rewriter);
    Stacked terms(scan, sum.getInput(), wider);
    return finish(scan, k, wider, rewriter, [&](Emitter e, ScanOp wide) {
      return e.reshape(e.sum(terms.in(wide), dims), shape);
    });
  }

  // Carry `k` hands on what it is; its result is what `total` makes of all steps.
  static LogicalResult finish(ScanOp scan, unsigned k, Wider& wider, PatternRewriter& rewriter,
                              llvm::function_ref<Value(Emitter, ScanOp)> total) {
    mlir::Operation* yield = scan.step().getTerminator();
    mlir::Location loc = yield->getOperand(k).getLoc();
    rewriter.modifyOpInPlace(yield, [&] { yield->setOperand(k, scan.carryArguments()[k]); });
    Value init = scan.getInits()[k];
    ScanOp wide = wider.finish();
    Emitter e(rewriter, loc);
    rewriter.setInsertionPointAfter(wide);
    Value sum = e.add(init, total(e, wide));
    rewriter.replaceAllUsesWith(wide.getResult(k), sum);
    return mlir::success();
  }
};

}  // namespace

void addScanBatchPatterns(mlir::RewritePatternSet& patterns) {
  patterns.add<BatchRowProducts, SumAfterwards>(patterns.getContext());
}

}  // namespace etch::ir
