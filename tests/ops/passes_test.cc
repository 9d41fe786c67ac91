// Passes over etch programs keep what they compute, by the reference evaluator on both sides.
#include <gtest/gtest.h>

#include "etch/ir/dialect.h"
#include "etch/passes/pipelines.h"
#include "etch/tests/ops/difference.h"
#include "etch/tests/ops/gradient_check.h"
#include "etch/tests/ops/random_program.h"
#include "etch/tests/ops/sample.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace etch::testing {
namespace {

constexpr int kPrograms = 300;
constexpr ir::ReferenceOptions kDouble{.double_precision = true};
constexpr ir::ReferenceOptions kRounded{.double_precision = false};

LogicalResult simplify(ModuleOp module) {
  PassManager passes(module.getContext());
  passes::buildSimplifyPipeline(passes);
  return passes.run(module);
}

// The body of `sample` on constants: all that has a fold shows what it makes of them.
OwningOpRef<ModuleOp> onConstants(ModuleOp module, ArrayRef<ir::ReferenceTensor> inputs) {
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone());
  func::FuncOp main = mainOf(*copy);
  OpBuilder builder = OpBuilder::atBlockBegin(&main.getBody().front());
  for (auto [argument, input] : llvm::zip_equal(main.getArguments(), inputs)) {
    Type element = input.type.getElementType();
    SmallVector<Attribute> values;
    for (int64_t i = 0; i < input.size(); ++i)
      values.push_back(input.isFloat()
                           ? Attribute(builder.getFloatAttr(element, input.floats[i]))
                           : IntegerAttr::get(element, APInt(element.getIntOrFloatBitWidth(),
                                                             input.ints[i], false, true)));
    argument.replaceAllUsesWith(
        ir::ConstantOp::create(builder, main.getLoc(), DenseElementsAttr::get(input.type, values)));
  }
  return copy;
}

void expectSame(func::FuncOp main, ArrayRef<ir::ReferenceTensor> inputs, const Expected& expected,
                const ir::ReferenceOptions& options, const std::string& name) {
  auto actual = ir::evaluateFunction(main, inputs, options);
  ASSERT_TRUE(succeeded(actual)) << name;
  ASSERT_EQ(actual->size(), expected.values.size()) << name;
  for (auto [a, e, slack] : llvm::zip_equal(*actual, expected.values, expected.slack)) {
    std::string wrong = difference(a, e, toleranceOf(e.type.getElementType()), slack);
    EXPECT_TRUE(wrong.empty()) << name << ": " << wrong;
  }
}

class SimplifiedOp : public ::testing::TestWithParam<std::string> {};

TEST_P(SimplifiedOp, ComputesTheSame) {
  auto context = makeContext();
  for (const Sample* sample : samplesOf(GetParam())) {
    if (sample->fused) continue;
    auto module = parseModule(*context, sample->text);
    ASSERT_TRUE(module) << sample->text;
    auto inputs = drawInputs(*sample, mainOf(*module));
    auto expected = expect(mainOf(*module), inputs, kDouble);
    ASSERT_TRUE(succeeded(expected)) << sample->name;
    auto constants = onConstants(*module, inputs);
    ASSERT_TRUE(succeeded(simplify(*module))) << sample->name;
    expectSame(mainOf(*module), inputs, *expected, kDouble, sample->name);
    // Folding computes in the element type, so it is held against rounded results.
    auto rounded = expect(mainOf(*constants), inputs, kRounded);
    ASSERT_TRUE(succeeded(rounded)) << sample->name;
    ASSERT_TRUE(succeeded(simplify(*constants))) << sample->name;
    expectSame(mainOf(*constants), inputs, *rounded, kRounded, sample->name + " on constants");
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, SimplifiedOp, ::testing::ValuesIn([] {
                           std::vector<std::string> ops = sampledOps();
                           std::erase(ops, "launch");
                           return ops;
                         }()),
                         [](const auto& info) { return info.param; });

TEST(RandomPrograms, SimplifyToTheSame) {
  auto context = makeContext();
  for (int seed = 0; seed < kPrograms; ++seed) {
    RandomProgram program = makeRandomProgram(*context, seed);
    std::string name = "program " + std::to_string(seed);
    auto expected = expect(mainOf(*program.module), program.inputs, kDouble, program.noise);
    ASSERT_TRUE(succeeded(expected)) << name;
    ASSERT_TRUE(succeeded(simplify(*program.module))) << name;
    expectSame(mainOf(*program.module), program.inputs, *expected, kDouble, name);
  }
}

// Chains of derivatives: sums of cotangents, values used twice, gradients that are nowhere.
TEST(RandomPrograms, HaveDerivativesThatSimplifyToTheSame) {
  auto context = makeContext();
  int64_t differentiated = 0;
  for (int seed = 0; seed < kPrograms; ++seed) {
    RandomProgram program = makeRandomProgram(*context, seed);
    std::string name = "program " + std::to_string(seed);
    auto vjp = buildVjp(mainOf(*program.module), "vjp");
    ASSERT_TRUE(succeeded(vjp)) << name;
    Random random(static_cast<uint64_t>(seed));
    std::vector<ir::ReferenceTensor> inputs = program.inputs;
    llvm::append_range(
        inputs, drawTensors(vjp->getArgumentTypes().drop_front(inputs.size()), {-1, 1}, random));
    auto expected = expect(*vjp, inputs, kDouble, program.noise);
    ASSERT_TRUE(succeeded(expected)) << name;
    ASSERT_TRUE(succeeded(simplify(*program.module))) << name;
    auto simplified = program.module->lookupSymbol<func::FuncOp>("vjp");
    expectSame(simplified, inputs, *expected, kDouble, name);
    differentiated += !expected->values.empty();
  }
  EXPECT_GT(differentiated, kPrograms / 2);
}

}  // namespace
}  // namespace etch::testing
