// Walks the registered ops of the dialect and names what one lacks: a type rule, a derivative, a
// reference evaluation, a lowering, a sample. docs/guide/08_adding_an_op.md says how to give it one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "etch/ir/dialect.h"
#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

using namespace mlir;

namespace etch::testing {
namespace {

class Completeness : public ::testing::Test {
 protected:
  std::vector<RegisteredOperationName> ops() {
    auto all = context_->getRegisteredOperationsByDialect("etch");
    return {all.begin(), all.end()};
  }
  static std::string shortName(RegisteredOperationName op) {
    return op.getStringRef().drop_front(StringRef("etch.").size()).str();
  }
  // Calls `check` with each op of this name in its samples.
  void forEachUse(RegisteredOperationName op, llvm::function_ref<void(Operation*)> check) {
    for (const Sample* sample : samplesOf(shortName(op))) {
      auto module = parseModule(*context_, sample->text);
      ASSERT_TRUE(module) << sample->name;
      module->walk([&](Operation* use) {
        if (use->getName() == op) check(use);
      });
    }
  }

  std::unique_ptr<MLIRContext> context_ = makeContext();
};

TEST_F(Completeness, TheDialectIsWhatThisTestWalks) {
  EXPECT_GT(ops().size(), 40u);
  std::set<std::string> names;
  for (RegisteredOperationName op : ops()) names.insert(shortName(op));
  EXPECT_THAT(names, ::testing::IsSupersetOf({"add", "matmul", "softmax", "launch"}));
}

TEST_F(Completeness, EveryOpHasSamplesThatUseIt) {
  std::set<std::string> names;
  for (RegisteredOperationName op : ops()) {
    names.insert(shortName(op));
    int uses = 0;
    forEachUse(op, [&](Operation*) { ++uses; });
    EXPECT_GT(uses, 0) << op.getStringRef().str() << " has no sample in tests/ops/samples/";
  }
  for (const std::string& name : sampledOps())
    EXPECT_TRUE(names.count(name)) << "samples of an op that is not there: " << name;
}

// An op infers its result types, or has none, or takes them from what it holds or calls.
TEST_F(Completeness, EveryOpHasATypeRule) {
  for (RegisteredOperationName op : ops()) {
    auto* rule = op.getInterface<InferTypeOpInterface>();
    forEachUse(op, [&](Operation* use) {
      if (!rule) {
        EXPECT_TRUE(use->getNumResults() == 0 || use->getNumRegions() > 0 ||
                    isa<SymbolUserOpInterface>(use))
            << op.getStringRef().str() << " does not infer its result types";
        return;
      }
      SmallVector<Type> types;
      EXPECT_TRUE(succeeded(rule->inferReturnTypes(
          context_.get(), use->getLoc(), use->getOperands(), use->getRawDictionaryAttrs(),
          use->getPropertiesStorage(), use->getRegions(), types)));
      EXPECT_EQ(types, SmallVector<Type>(use->getResultTypes())) << op.getStringRef().str();
    });
  }
}

TEST_F(Completeness, EveryOpHasADerivativeOrSaysThatItHasNone) {
  for (RegisteredOperationName op : ops()) {
    bool derivative = op.hasInterface<ir::DifferentiableOpInterface>();
    bool none = op.hasTrait<ir::NonDifferentiable>();
    EXPECT_TRUE(derivative || none)
        << op.getStringRef().str()
        << " has neither the DifferentiableOpInterface nor the trait NonDifferentiable";
    EXPECT_FALSE(derivative && none) << op.getStringRef().str() << " claims both";
  }
}

TEST_F(Completeness, EveryOpHasAReferenceEvaluation) {
  for (RegisteredOperationName op : ops()) {
    if (op.hasTrait<OpTrait::IsTerminator>()) continue;  // evaluated with its block
    EXPECT_TRUE(op.hasInterface<ir::ElementwiseOpInterface>() ||
                op.hasInterface<ir::ReferenceOpInterface>())
        << op.getStringRef().str() << " cannot be evaluated by the reference evaluator";
  }
}

TEST_F(Completeness, EveryOpCompiles) {
  for (RegisteredOperationName op : ops()) {
    std::vector<const Sample*> samples = samplesOf(shortName(op));
    auto compilable = llvm::find_if(samples, [](const Sample* s) { return !s->fused; });
    if (compilable == samples.end()) continue;  // see the next test
    auto module = parseModule(*context_, (*compilable)->text);
    auto results = compileAndRun(*module, drawInputs(**compilable, mainOf(*module)));
    EXPECT_TRUE(results.ok()) << op.getStringRef().str()
                              << " has no lowering: " << results.status().message();
  }
}

// What only passes make has to come out of them.
TEST_F(Completeness, OpsThatNoProgramStartsWithAreMadeByFusion) {
  const Sample& sample = *samplesOf("add").front();
  auto module = parseModule(*context_, sample.text);
  auto fused = dumpFused(*module);
  ASSERT_TRUE(fused.ok()) << fused.status().message();
  for (RegisteredOperationName op : ops()) {
    std::vector<const Sample*> samples = samplesOf(shortName(op));
    if (llvm::any_of(samples, [](const Sample* s) { return !s->fused; })) continue;
    EXPECT_TRUE(op.hasTrait<ir::CompilerInternal>()) << op.getStringRef().str();
    EXPECT_THAT(*fused, ::testing::HasSubstr(op.getStringRef().str()));
  }
}

}  // namespace
}  // namespace etch::testing
