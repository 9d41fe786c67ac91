#include "etch/tests/ops/shrink.h"

#include "etch/ir/dialect.h"
#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/sample.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace etch::testing {
namespace {

struct Candidate {
  OwningOpRef<ModuleOp> module;
  std::vector<ir::ReferenceTensor> inputs;

  func::FuncOp main() { return mainOf(*module); }
  Block& block() { return main().getBody().front(); }
  Operation* terminator() { return block().getTerminator(); }
  Candidate clone() { return {OwningOpRef<ModuleOp>(cast<ModuleOp>((*module)->clone())), inputs}; }

  // Makes the signature agree with the body, after dropping what is not used.
  void tidy() {
    for (Operation& op : llvm::make_early_inc_range(llvm::reverse(block())))
      if (isOpTriviallyDead(&op)) op.erase();
    for (int i = static_cast<int>(inputs.size()) - 1; i >= 0; --i) {
      if (!block().getArgument(i).use_empty()) continue;
      block().eraseArgument(i);
      inputs.erase(inputs.begin() + i);
    }
    main().setType(FunctionType::get(main().getContext(), block().getArgumentTypes(),
                                     terminator()->getOperandTypes()));
  }
};

// Returns result `index` only, or all others.
Candidate withResults(Candidate& from, unsigned index, bool only) {
  Candidate candidate = from.clone();
  SmallVector<Value> kept;
  for (auto [i, value] : llvm::enumerate(candidate.terminator()->getOperands()))
    if ((i == index) == only) kept.push_back(value);
  candidate.terminator()->setOperands(kept);
  candidate.tidy();
  return candidate;
}

// The results of op number `index` are inputs, with the values they had.
FailureOr<Candidate> withoutOp(Candidate& from, int64_t index) {
  Candidate probe = from.clone();
  Operation* probed = &*std::next(probe.block().begin(), index);
  probe.terminator()->setOperands(probed->getResults());
  probe.main().setType(FunctionType::get(
      probe.main().getContext(), probe.block().getArgumentTypes(), probed->getResultTypes()));
  auto values = ir::evaluateFunction(probe.main(), probe.inputs);
  if (failed(values)) return failure();

  Candidate candidate = from.clone();
  Operation* op = &*std::next(candidate.block().begin(), index);
  for (auto [result, value] : llvm::zip_equal(op->getResults(), *values)) {
    result.replaceAllUsesWith(candidate.block().addArgument(result.getType(), op->getLoc()));
    candidate.inputs.push_back(std::move(value));
  }
  candidate.tidy();
  return candidate;
}

}  // namespace

std::string shrinkProgram(func::FuncOp function, std::vector<ir::ReferenceTensor> inputs,
                          const Fault& fault, int budget) {
  Candidate best{mergeFunctions(function), std::move(inputs)};
  auto shows = [&](Candidate& candidate) {
    return budget-- > 0 && fault(candidate.main(), candidate.inputs);
  };
  auto adopt = [&](Candidate candidate) {
    bool shown = shows(candidate);
    if (shown) best = std::move(candidate);
    return shown;
  };
  bool single = false;
  for (unsigned i = 0; i < best.terminator()->getNumOperands() && !single; ++i)
    single = adopt(withResults(best, i, /*only=*/true));
  for (unsigned i = best.terminator()->getNumOperands(); !single && i-- > 0;)
    adopt(withResults(best, i, /*only=*/false));
  // From the front, so that what feeds the fault goes first; again while something went.
  for (bool changed = true; changed && budget > 0;) {
    changed = false;
    for (int64_t i = 0; i < static_cast<int64_t>(best.block().getOperations().size()) - 1;) {
      auto candidate = withoutOp(best, i);
      if (succeeded(candidate) && adopt(*std::move(candidate))) {
        changed = true;
      } else {
        ++i;
      }
    }
  }
  std::string text;
  llvm::raw_string_ostream(text) << best.main();
  return text;
}

}  // namespace etch::testing
