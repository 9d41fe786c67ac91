// Canonical forms of scans: what a scan carries, reads and yields in vain goes; what does not
// change from step to step is captured, as it is before views and splats.
#include "etch/ir/build.h"
#include "etch/ir/ops/loops_batch.h"
#include "llvm/ADT/BitVector.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace etch::ir {
namespace {

using llvm::BitVector;
using llvm::SmallVector;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

// Which operands and results of a scan stay: carries are both, so the two agree on them.
struct Kept {
  explicit Kept(ScanOp scan) : operands(scan.getNumOperands()), results(scan.getNumResults()) {}
  BitVector operands, results;
};

SmallVector<Value> pick(ValueRange values, const BitVector& kept, unsigned first) {
  SmallVector<Value> picked;
  for (auto [i, value] : llvm::enumerate(values))
    if (kept[first + i]) picked.push_back(value);
  return picked;
}

// Replaces `scan` by one of the operands and results that are kept. Body arguments that go must
// have no uses but in what is not kept.
void narrow(ScanOp scan, const Kept& kept, PatternRewriter& rewriter) {
  unsigned carries = scan.numCarries(), xs = scan.getXs().size();
  mlir::Block& step = scan.step();
  mlir::Operation* yield = step.getTerminator();
  rewriter.modifyOpInPlace(yield, [&] {
    BitVector gone = kept.results;
    yield->eraseOperands(gone.flip());
  });
  SmallVector<Type> types;
  for (Value result : pick(scan.getResults(), kept.results, 0)) types.push_back(result.getType());
  auto narrower =
      ScanOp::create(rewriter, scan.getLoc(), types, pick(scan.getInits(), kept.operands, 0),
                     pick(scan.getXs(), kept.operands, carries),
                     pick(scan.getCaptures(), kept.operands, carries + xs), scan.getLengthAttr(),
                     scan.getReverseAttr());
  // What only they needed goes first: it may use the arguments that go.
  for (mlir::Operation& op : llvm::make_early_inc_range(llvm::reverse(step)))
    if (&op != yield && mlir::isOpTriviallyDead(&op)) rewriter.eraseOp(&op);
  BitVector gone = kept.operands;
  step.eraseArguments(gone.flip());
  rewriter.inlineRegionBefore(scan.getBody(), narrower.getBody(), narrower.getBody().end());
  unsigned next = 0;
  for (unsigned i : kept.results.set_bits())
    rewriter.replaceAllUsesWith(scan.getResult(i), narrower.getResult(next++));
  rewriter.eraseOp(scan);
}

// What neither a used result nor another step needs.
struct DropUnused : mlir::OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter& rewriter) const override {
    Kept kept(scan);
    mlir::Block& step = scan.step();
    llvm::DenseSet<Value> needed;
    SmallVector<Value> work;
    auto keepResult = [&](unsigned i) {
      if (kept.results[i]) return;
      kept.results.set(i);
      if (i < scan.numCarries()) kept.operands.set(i);
      work.push_back(step.getTerminator()->getOperand(i));
    };
    for (mlir::OpResult result : scan->getResults())
      if (!result.use_empty()) keepResult(result.getResultNumber());
    while (!work.empty()) {
      Value value = work.pop_back_val();
      if (!needed.insert(value).second) continue;
      if (mlir::Operation* op = value.getDefiningOp()) {
        llvm::append_range(work, op->getOperands());
        continue;
      }
      unsigned number = llvm::cast<mlir::BlockArgument>(value).getArgNumber();
      kept.operands.set(number);
      if (number < scan.numCarries()) keepResult(number);
    }
    if (kept.operands.all() && kept.results.all())
      return rewriter.notifyMatchFailure(scan, "needs all that it has");
    narrow(scan, kept, rewriter);
    return mlir::success();
  }
};

// A carry that every step hands on as it is reads as what it began with; two captures of one value,
// or two results of one value, are one.
struct ShareEqual : mlir::OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter& rewriter) const override {
    bool changed = false;
    auto replace = [&](Value from, Value to) {
      if (from.use_empty()) return;
      rewriter.replaceAllUsesWith(from, to);
      changed = true;
    };
    unsigned carries = scan.numCarries(), others = carries + scan.getXs().size();
    mlir::Block& step = scan.step();
    mlir::Operation* yield = step.getTerminator();
    for (unsigned i = carries; i < scan.getNumOperands(); ++i)
      for (unsigned j = i < others ? carries : others; j < i; ++j)
        if (scan.getOperand(i) == scan.getOperand(j))
          replace(step.getArgument(i), step.getArgument(j));
    for (unsigned i = carries; i < scan.getNumResults(); ++i)
      for (unsigned j = carries; j < i; ++j)
        if (yield->getOperand(i) == yield->getOperand(j))
          replace(scan.getResult(i), scan.getResult(j));
    for (unsigned k = 0; k < carries; ++k) {
      Value argument = step.getArgument(k), init = scan.getInits()[k];
      if (yield->getOperand(k) != argument) continue;
      replace(scan.getResult(k), init);
      if (argument.hasOneUse()) continue;  // the yield's own
      rewriter.modifyOpInPlace(scan, [&] {
        Value capture = step.addArgument(argument.getType(), scan.getLoc());
        argument.replaceUsesWithIf(capture, [&](mlir::OpOperand& use) {
          return use.getOwner() != yield || use.getOperandNumber() != k;
        });
        scan.getCapturesMutable().append(init);
      });
      changed = true;
    }
    return mlir::success(changed);
  }
};

// Splats are cheaper to make again at each step than to read, and views of captures are free.
struct SinkCaptures : mlir::OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter& rewriter) const override {
    mlir::Block& step = scan.step();
    unsigned first = step.getNumArguments() - scan.getCaptures().size();
    for (auto [i, capture] : llvm::enumerate(scan.getCaptures())) {
      mlir::Operation* op = capture.getDefiningOp();
      auto fusible = llvm::dyn_cast_if_present<FusibleOpInterface>(op);
      if (!fusible || op->getNumResults() != 1) continue;
      bool splat = op->hasTrait<mlir::OpTrait::ConstantLike>() &&
                   fusible.getFusionRole() == FusionRole::kInline;
      bool view = llvm::isa<ViewOpInterface>(op) && op->getNumOperands() == 1;
      Value argument = step.getArgument(first + i);
      if ((!splat && !view) || argument.use_empty()) continue;
      rewriter.setInsertionPointToStart(&step);
      mlir::IRMapping mapping;
      for (Value operand : op->getOperands()) {
        mapping.map(operand, step.addArgument(operand.getType(), operand.getLoc()));
        rewriter.modifyOpInPlace(scan, [&] { scan.getCapturesMutable().append(operand); });
      }
      rewriter.replaceAllUsesWith(argument, rewriter.clone(*op, mapping)->getResult(0));
      return mlir::success();
    }
    return rewriter.notifyMatchFailure(scan, "captures no splat and no view");
  }
};

// No step: the carries are what they began with. One step: its body.
struct InlineShort : mlir::OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter& rewriter) const override {
    if (scan.getLength() > 1) return rewriter.notifyMatchFailure(scan, "has several steps");
    Emitter e(rewriter, scan.getLoc());
    SmallVector<Value> results = llvm::to_vector(scan.getInits());
    if (scan.getLength() == 0) {
      for (Value y : scan.ys()) results.push_back(e.like(y, 0));
    } else {
      SmallVector<Value> arguments = results;
      for (Value x : scan.getXs()) arguments.push_back(e.reshape(x, shapeOf(x).drop_front()));
      llvm::append_range(arguments, scan.getCaptures());
      results = cloneBlock(rewriter, scan.step(), arguments);
      for (auto [i, y] : llvm::enumerate(scan.ys())) {
        Value& row = results[scan.numCarries() + i];
        row = e.reshape(row, shapeOf(y));
      }
    }
    rewriter.replaceOp(scan, results);
    return mlir::success();
  }
};

}  // namespace

void ScanOp::getCanonicalizationPatterns(mlir::RewritePatternSet& patterns,
                                         mlir::MLIRContext* context) {
  patterns.add<DropUnused, ShareEqual, SinkCaptures, InlineShort>(context);
  addScanBatchPatterns(patterns);
}

}  // namespace etch::ir
