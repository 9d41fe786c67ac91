#include "etch/ir/ops/pad_sums.h"

#include "etch/ir/build.h"

namespace etch::ir {
namespace {

using llvm::SmallVector;
using mlir::LogicalResult;
using mlir::PatternRewriter;
using mlir::Value;

// Enough for the gradient of any split that people write; keeps a long sum of other things cheap.
constexpr size_t kMaxTerms = 256;

// The terms of a sum, in order, reached through sums that have no other use.
SmallVector<Value> collectTerms(AddOp root) {
  SmallVector<Value> terms, stack = {root.getRhs(), root.getLhs()};
  while (!stack.empty() && terms.size() < kMaxTerms) {
    Value value = stack.pop_back_val();
    auto sum = value.getDefiningOp<AddOp>();
    if (sum && value.hasOneUse()) {
      stack.push_back(sum.getRhs());
      stack.push_back(sum.getLhs());
    } else {
      terms.push_back(value);
    }
  }
  llvm::append_range(terms, llvm::reverse(stack));
  return terms;
}

// The dimension along which the operand of `b` begins where that of `a` ends, when they agree in
// all others; -1 when they do not lie side by side.
int64_t abuttingDim(PadOp a, PadOp b) {
  int64_t found = -1, rank = a.getLow().size();
  llvm::ArrayRef<int64_t> aShape = shapeOf(a.getInput()), bShape = shapeOf(b.getInput());
  for (int64_t dim = 0; dim < rank; ++dim) {
    bool same = a.getLow()[dim] == b.getLow()[dim] && aShape[dim] == bShape[dim] &&
                a.getInterior()[dim] == b.getInterior()[dim];
    if (same) continue;
    bool follows = a.getInterior()[dim] == 0 && b.getInterior()[dim] == 0 &&
                   a.getLow()[dim] + aShape[dim] == b.getLow()[dim];
    if (!follows || found >= 0) return -1;
    found = dim;
  }
  return found;
}

// One pad of both operands, or null when they do not lie side by side.
Value mergePads(Emitter& e, Value first, Value second) {
  auto a = first.getDefiningOp<PadOp>(), b = second.getDefiningOp<PadOp>();
  if (!a || !b || a.getValue() || b.getValue()) return nullptr;
  int64_t dim = abuttingDim(a, b);
  if (dim < 0) {
    std::swap(a, b);
    dim = abuttingDim(a, b);
  }
  if (dim < 0) return nullptr;
  Value joined = e.make<ConcatOp>(mlir::ValueRange{a.getInput(), b.getInput()}, dim);
  auto high = llvm::to_vector(a.getHigh());
  high[dim] = b.getHigh()[dim];
  return e.pad(joined, a.getLow(), high, a.getInterior());
}

// Merges two terms, if any two lie side by side.
bool mergeSomePads(Emitter& e, SmallVector<Value>& terms) {
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t j = i + 1; j < terms.size(); ++j)
      if (Value merged = mergePads(e, terms[i], terms[j])) {
        terms[i] = merged;
        terms.erase(terms.begin() + j);
        return true;
      }
  return false;
}

// Regions that lie side by side are disjoint: each element gets at most one of the two operands,
// and otherwise zeros, so that taking the terms in another order changes no value that they give.
struct MergePadsOfSum : mlir::OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AddOp op, PatternRewriter& rewriter) const override {
    if (isTermOfSum(op)) return rewriter.notifyMatchFailure(op, "is a term of a larger sum");
    SmallVector<Value> terms = collectTerms(op);
    auto isPad = [](Value term) { return term.getDefiningOp<PadOp>() != nullptr; };
    if (llvm::count_if(terms, isPad) < 2)
      return rewriter.notifyMatchFailure(op, "has fewer than two pads as terms");
    Emitter e(rewriter, op.getLoc());
    bool merged = false;
    while (mergeSomePads(e, terms)) merged = true;
    if (!merged) return rewriter.notifyMatchFailure(op, "no two pads lie side by side");
    Value sum = terms[0];
    for (Value term : llvm::ArrayRef(terms).drop_front()) sum = e.add(sum, term);
    rewriter.replaceOp(op, sum);
    return mlir::success();
  }

  // The whole sum is rewritten at its root.
  static bool isTermOfSum(AddOp op) {
    return op->hasOneUse() && llvm::isa<AddOp>(*op->getUsers().begin());
  }
};

}  // namespace

void addPadSumPatterns(mlir::RewritePatternSet& patterns) {
  patterns.add<MergePadsOfSum>(patterns.getContext());
}

}  // namespace etch::ir
