// Scans that differ only in what their steps yield become one.
#include "etch/passes/passes.h"
#include "mlir/IR/IRMapping.h"

namespace etch::passes {

#define GEN_PASS_DEF_MERGESCANSPASS
#include "etch/passes/passes.h.inc"

namespace {

using namespace mlir;

// Values of one step by the equal ones of another.
using Equals = DenseMap<Value, Value>;

// Whether the steps do the same, op by op, and hand on the same carries; fills in `equals`.
bool equalSteps(ir::ScanOp a, ir::ScanOp b, Equals& equals) {
  if (a->getOperands() != b->getOperands() || a.getLength() != b.getLength() ||
      a.getReverse() != b.getReverse() || a.numCarries() != b.numCarries() ||
      a.getXs().size() != b.getXs().size())
    return false;
  for (auto [x, y] : llvm::zip(a.step().getArguments(), b.step().getArguments())) equals[y] = x;
  auto opsOfA = a.step().without_terminator(), opsOfB = b.step().without_terminator();
  auto equal = [&](Value x, Value y) { return success(equals.lookup(y) == x); };
  auto mark = [&](Value x, Value y) { equals[y] = x; };
  auto itA = opsOfA.begin();
  for (Operation& op : opsOfB) {
    if (itA == opsOfA.end()) return false;
    Operation& other = *itA++;
    if (!OperationEquivalence::isEquivalentTo(&other, &op, equal, mark,
                                              OperationEquivalence::IgnoreLocations))
      return false;
    for (auto [x, y] : llvm::zip(other.getResults(), op.getResults())) mark(x, y);
  }
  if (itA != opsOfA.end()) return false;
  return llvm::all_of(llvm::zip(a.yieldedCarries(), b.yieldedCarries()), [&](auto pair) {
    return equals.lookup(std::get<1>(pair)) == std::get<0>(pair);
  });
}

struct MergeScansPass : impl::MergeScansPassBase<MergeScansPass> {
  using MergeScansPassBase::MergeScansPassBase;

  void runOnOperation() override {
    // Outer scans first: their bodies may then hold inner ones to merge.
    getOperation()->walk<WalkOrder::PreOrder>([](Block* block) { mergeIn(*block); });
  }

 private:
  static void mergeIn(Block& block) {
    SmallVector<ir::ScanOp> kept;
    for (Operation& op : llvm::make_early_inc_range(block)) {
      auto scan = dyn_cast<ir::ScanOp>(op);
      if (!scan) continue;
      auto merged = llvm::find_if(kept, [&](ir::ScanOp& earlier) {
        Equals equals;
        if (!equalSteps(earlier, scan, equals)) return false;
        earlier = merge(earlier, scan, equals);
        return true;
      });
      if (merged == kept.end()) kept.push_back(scan);
    }
  }

  // `a`, with what the steps of `b` yield too.
  static ir::ScanOp merge(ir::ScanOp a, ir::ScanOp b, const Equals& equals) {
    Operation* yield = a.step().getTerminator();
    for (Value row : b.yieldedRows())
      yield->insertOperands(yield->getNumOperands(), equals.lookup(row));
    OpBuilder builder(a);
    SmallVector<Type> types(a.getResultTypes());
    llvm::append_range(types, b.ys().getTypes());
    auto merged = ir::ScanOp::create(builder, a.getLoc(), types, a.getInits(), a.getXs(),
                                     a.getCaptures(), a.getLengthAttr(), a.getReverseAttr());
    merged.getBody().takeBody(a.getBody());
    a->replaceAllUsesWith(merged->getResults().take_front(a->getNumResults()));
    llvm::for_each(llvm::zip(b.lastCarries(), merged.lastCarries()),
                   [](auto pair) { std::get<0>(pair).replaceAllUsesWith(std::get<1>(pair)); });
    llvm::for_each(llvm::zip(b.ys(), merged->getResults().drop_front(a->getNumResults())),
                   [](auto pair) { std::get<0>(pair).replaceAllUsesWith(std::get<1>(pair)); });
    a.erase();
    b.erase();
    return merged;
  }
};

}  // namespace
}  // namespace etch::passes
