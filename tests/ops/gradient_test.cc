// Every differentiable op: its VJP against central differences in double precision, and the
// derivative of that derivative.
#include <gtest/gtest.h>

#include "etch/ir/dialect.h"
#include "etch/tests/ops/gradient_check.h"
#include "etch/tests/ops/sample.h"

using namespace mlir;

namespace etch::testing {
namespace {

constexpr double kTolerance = 1e-6;
constexpr int64_t kLargestInput = 400;  // elements; larger samples are for the compiler

std::vector<std::string> differentiableOps() {
  auto context = makeContext();
  std::vector<std::string> names;
  for (RegisteredOperationName op : context->getRegisteredOperationsByDialect("etch"))
    if (op.hasInterface<ir::DifferentiableOpInterface>() && !op.hasTrait<ir::RefusesGradient>())
      names.push_back(op.getStringRef().drop_front(StringRef("etch.").size()).str());
  std::sort(names.begin(), names.end());
  return names;
}

// A derivative can be measured: something floating goes in and comes out, in 32 bits or more
// (constants in a backward program are rounded to its types).
bool isMeasurable(func::FuncOp main) {
  bool in = false, out = false;
  auto scan = [](TypeRange types, bool& found) {
    for (Type type : types) {
      auto tensor = cast<RankedTensorType>(type);
      if (tensor.getNumElements() > kLargestInput) return false;
      if (!isa<FloatType>(tensor.getElementType())) continue;
      if (tensor.getElementTypeBitWidth() < 32) return false;
      found = found || tensor.getNumElements() > 0;
    }
    return true;
  };
  return scan(main.getArgumentTypes(), in) && scan(main.getResultTypes(), out) && in && out;
}

class OpGradient : public ::testing::TestWithParam<std::string> {};

TEST_P(OpGradient, MatchesCentralDifferencesTwice) {
  auto context = makeContext();
  int64_t elements = 0;
  for (const Sample* sample : samplesOf(GetParam())) {
    if (!sample->smooth || sample->fused) continue;
    auto module = parseModule(*context, sample->text);
    ASSERT_TRUE(module) << sample->text;
    func::FuncOp main = mainOf(*module);
    if (!isMeasurable(main)) continue;
    Random random(sample->name);
    GradientReport report = checkGradient(main, drawInputs(*sample, main), 2, random);
    EXPECT_FALSE(report.failed) << sample->name << ": " << report.where;
    EXPECT_LT(report.error, kTolerance) << sample->name << ": " << report.where;
    elements += report.elements;
  }
  EXPECT_GT(elements, 0) << "no sample of " << GetParam() << " has a derivative to measure";
}

INSTANTIATE_TEST_SUITE_P(Ops, OpGradient, ::testing::ValuesIn(differentiableOps()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace etch::testing
