// The reference evaluator against values worked out by hand: the oracle of the other tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "etch/ir/dialect.h"
#include "etch/runtime/philox.h"
#include "etch/tests/ops/sample.h"

using namespace mlir;
using ::testing::DoubleEq;
using ::testing::ElementsAre;

namespace etch::testing {
namespace {

class Reference : public ::testing::Test {
 protected:
  // The only result of the function `body` on `inputs`, given as values of each argument.
  ir::ReferenceTensor evaluate(const std::string& text, std::vector<std::vector<double>> inputs,
                               const ir::ReferenceOptions& options = {}) {
    module_ = parseModule(*context_, text);
    if (!module_) return {};
    func::FuncOp main = mainOf(*module_);
    std::vector<ir::ReferenceTensor> tensors;
    for (auto [type, values] : llvm::zip_equal(main.getArgumentTypes(), inputs)) {
      auto tensor = ir::ReferenceTensor::zeros(cast<RankedTensorType>(type));
      EXPECT_EQ(tensor.size(), static_cast<int64_t>(values.size()));
      for (auto [i, value] : llvm::enumerate(values))
        tensor.set(i, tensor.isFloat() ? ir::Scalar::ofFloat(value)
                                       : ir::Scalar::ofInt(static_cast<int64_t>(value)));
      tensors.push_back(std::move(tensor));
    }
    auto results = ir::evaluateFunction(main, tensors, options);
    EXPECT_TRUE(succeeded(results));
    return succeeded(results) ? results->front() : ir::ReferenceTensor{};
  }
  ir::ReferenceTensor evaluate(const Call& call, std::vector<std::vector<double>> inputs,
                               const ir::ReferenceOptions& options = {}) {
    return evaluate(makeSample(call).text, std::move(inputs), options);
  }

  std::unique_ptr<MLIRContext> context_ = makeContext();
  OwningOpRef<ModuleOp> module_;
};

TEST_F(Reference, RoundsEachResultToItsElementTypeUnlessAskedForDouble) {
  Call half{"add", {"1xf32", "1xf32"}, {"1xf32"}};
  EXPECT_EQ(evaluate(half, {{1}, {1e-9}}).floats[0], 1.0);
  EXPECT_EQ(evaluate(half, {{1}, {1e-9}}, {.double_precision = true}).floats[0], 1.0 + 1e-9);
  // Ties go to even: 257 lies between the bf16 neighbours 256 and 258.
  Call bf16{"add", {"2xbf16", "2xbf16"}, {"2xbf16"}};
  EXPECT_THAT(evaluate(bf16, {{256, 258}, {1, 1}}).floats, ElementsAre(256, 260));
  Call f16{"mul", {"2xf16", "2xf16"}, {"2xf16"}};
  EXPECT_THAT(evaluate(f16, {{60000, 2048}, {2, 1.5}}).floats, ElementsAre(INFINITY, 3072));
}

TEST_F(Reference, IntegersWrapAndDivideByZeroToZero) {
  EXPECT_THAT(evaluate({"add", {"3xi8", "3xi8"}, {"3xi8"}}, {{127, -128, 5}, {1, -1, 6}}).ints,
              ElementsAre(-128, 127, 11));
  EXPECT_THAT(evaluate({"sub", {"2xui8", "2xui8"}, {"2xui8"}}, {{0, 255}, {1, 5}}).ints,
              ElementsAre(255, 250));
  EXPECT_THAT(
      evaluate({"div", {"4xi32", "4xi32"}, {"4xi32"}}, {{7, -7, 5, -2147483648.0}, {-2, 2, 0, -1}})
          .ints,
      ElementsAre(-3, -3, 0, -2147483648LL));
  EXPECT_THAT(evaluate({"compare", {"1xui8", "1xui8"}, {"1xi1"}, "", "gt, "}, {{200}, {100}}).ints,
              ElementsAre(1));
}

TEST_F(Reference, CastsSaturateTruncateAndWrap) {
  Call toI8{"cast", {"6xf32"}, {"6xi8"}, "{dtype = i8}"};
  EXPECT_THAT(evaluate(toI8, {{1.9, -1.9, 300, -300, NAN, INFINITY}}).ints,
              ElementsAre(1, -1, 127, -128, 0, 127));
  Call toU8{"cast", {"4xf64"}, {"4xui8"}, "{dtype = ui8}"};
  EXPECT_THAT(evaluate(toU8, {{-5, 255.9, 256, 3.5}}).ints, ElementsAre(0, 255, 255, 3));
  Call toI64{"cast", {"2xf64"}, {"2xi64"}, "{dtype = i64}"};
  EXPECT_THAT(evaluate(toI64, {{1e30, -1e30}}).ints, ElementsAre(INT64_MAX, INT64_MIN));
  Call wrap{"cast", {"3xi32"}, {"3xi8"}, "{dtype = i8}"};
  EXPECT_THAT(evaluate(wrap, {{130, -129, 5}}).ints, ElementsAre(-126, 127, 5));
  Call truth{"cast", {"4xf32"}, {"4xi1"}, "{dtype = i1}"};
  EXPECT_THAT(evaluate(truth, {{0, 0.25, -3, NAN}}).ints, ElementsAre(0, 1, 1, 1));
}

TEST_F(Reference, NotANumberGoesThroughExtremesAndFailsComparisons) {
  auto largest = evaluate({"maximum", {"3xf32", "3xf32"}, {"3xf32"}}, {{NAN, 1, 1}, {1, NAN, 2}});
  EXPECT_TRUE(std::isnan(largest.floats[0]) && std::isnan(largest.floats[1]));
  EXPECT_EQ(largest.floats[2], 2);
  auto reduced = evaluate({"reduce_min", {"2x2xf32"}, {"2x1xf32"}, "{dims = array<i64: 1>}"},
                          {{NAN, 1, 4, 3}});
  EXPECT_TRUE(std::isnan(reduced.floats[0]));
  EXPECT_EQ(reduced.floats[1], 3);
  Call equal{"compare", {"1xf32", "1xf32"}, {"1xi1"}, "", "eq, "};
  Call unequal{"compare", {"1xf32", "1xf32"}, {"1xi1"}, "", "ne, "};
  EXPECT_EQ(evaluate(equal, {{NAN}, {NAN}}).ints[0], 0);
  EXPECT_EQ(evaluate(unequal, {{NAN}, {NAN}}).ints[0], 1);
  EXPECT_THAT(evaluate({"round", {"4xf32"}, {"4xf32"}}, {{0.5, 1.5, 2.5, -0.5}}).floats,
              ElementsAre(0, 2, 2, 0));
}

TEST_F(Reference, MatmulReadsTransposedOperands) {
  std::vector<double> a{1, 2, 3, 4, 5, 6}, b{1, 0, 2, 1, 3, 1};  // a 2x3, b 3x2
  auto expected = ElementsAre(14, 5, 32, 11);
  EXPECT_THAT(evaluate({"matmul", {"2x3xf32", "3x2xf32"}, {"2x2xf32"}}, {a, b}).floats, expected);
  std::vector<double> at{1, 4, 2, 5, 3, 6}, bt{1, 2, 3, 0, 1, 1};
  EXPECT_THAT(
      evaluate({"matmul", {"3x2xf32", "2x3xf32"}, {"2x2xf32"}, "{transpose_lhs, transpose_rhs}"},
               {at, bt})
          .floats,
      expected);
  EXPECT_THAT(
      evaluate({"matmul", {"2x1x2xf32", "2x1xf32"}, {"2x1x1xf32"}}, {{1, 2, 3, 4}, {5, 6}}).floats,
      ElementsAre(17, 39));
}

TEST_F(Reference, SoftmaxAndNormalizeFollowTheirDefinitions) {
  auto softmax = evaluate({"softmax", {"1x2xf64"}, {"1x2xf64"}, "{dim = 1 : i64}"},
                          {{1000, 1000 + std::log(3)}});
  EXPECT_NEAR(softmax.floats[0], 0.25, 1e-12);
  auto log =
      evaluate({"log_softmax", {"2x1xf64"}, {"2x1xf64"}, "{dim = 0 : i64}"}, {{0, std::log(3)}});
  EXPECT_NEAR(log.floats[0], -std::log(4), 1e-12);
  auto normalized = evaluate({"normalize",
                              {"1x2xf64"},
                              {"1x2xf64", "1x1xf64"},
                              "{dims = array<i64: 1>, epsilon = 3.0 : f64}"},
                             {{4, 6}});
  EXPECT_THAT(normalized.floats, ElementsAre(DoubleEq(-0.5), DoubleEq(0.5)));
}

TEST_F(Reference, MovementPutsElementsWhereTheDescriptionSays) {
  std::vector<double> x{1, 2, 3, 4, 5, 6};
  EXPECT_THAT(
      evaluate({"transpose", {"2x3xi32"}, {"3x2xi32"}, "{permutation = array<i64: 1, 0>}"}, {x})
          .ints,
      ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(
      evaluate({"slice",
                {"6xi32"},
                {"2xi32"},
                "{offsets = array<i64: 1>, sizes = array<i64: 2>, strides = array<i64: 3>}"},
               {x})
          .ints,
      ElementsAre(2, 5));
  EXPECT_THAT(evaluate({"pad",
                        {"2xi32"},
                        {"6xi32"},
                        "{low = array<i64: 1>, high = array<i64: 2>, interior = array<i64: 1>}"},
                       {{7, 8}})
                  .ints,
              ElementsAre(0, 7, 0, 8, 0, 0));
  EXPECT_THAT(evaluate({"concat", {"2x1xi32", "2x2xi32"}, {"2x3xi32"}, "{dim = 1 : i64}"},
                       {{1, 2}, {3, 4, 5, 6}})
                  .ints,
              ElementsAre(1, 3, 4, 2, 5, 6));
  EXPECT_THAT(evaluate({"pack", {"2x3xf32"}, {"2x2x2xf32"}, "{tile = 2 : i64}"}, {x}).floats,
              ElementsAre(1, 2, 4, 5, 3, 0, 6, 0));
  EXPECT_THAT(evaluate({"unpack", {"2x2x2xf32"}, {"2x3xf32"}, "{columns = 3 : i64}"},
                       {{1, 2, 4, 5, 3, 0, 6, 0}})
                  .floats,
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(
      evaluate({"broadcast", {"2x1xi32"}, {"2x2xi32"}, "{shape = array<i64: 2, 2>}"}, {{1, 2}})
          .ints,
      ElementsAre(1, 1, 2, 2));
}

TEST_F(Reference, IndicesOutsideOfATableMeanTheNearestRow) {
  EXPECT_THAT(
      evaluate({"gather", {"3x2xi32", "4xi64"}, {"4x2xi32"}}, {{1, 2, 3, 4, 5, 6}, {2, -7, 0, 9}})
          .ints,
      ElementsAre(5, 6, 1, 2, 1, 2, 5, 6));
  EXPECT_THAT(evaluate({"scatter_add", {"4xi64", "4xf32"}, {"3xf32"}, "{rows = 3 : i64}"},
                       {{0, 5, 0, -1}, {1, 2, 3, 4}})
                  .floats,
              ElementsAre(8, 0, 2));
}

TEST_F(Reference, RandomNumbersAreThoseOfThePaper) {
  // Known answer of Random123's kat_vectors: philox4x32-10 of zero counter and key starts with
  // 6627e8d5.
  Call draw{"random_uniform", {"2xi64"}, {"3xf32"}, "{shape = array<i64: 3>}"};
  auto first = evaluate(draw, {{0, 0}});
  EXPECT_EQ(first.floats[0], (0x6627e8d5 >> 8) * 0x1p-24);
  // The runtime's generator is a separate program for the same mapping.
  auto other = evaluate(draw, {{-5, 4294967295.0}});
  for (uint64_t i = 0; i < 3; ++i)
    EXPECT_EQ(other.floats[i], runtime::random_uniform(static_cast<uint64_t>(-5), 4294967295 + i));
}

TEST_F(Reference, BytesSurviveARoundTripInEveryElementType) {
  for (const char* element : {"i1", "ui8", "i8", "i32", "i64", "f16", "bf16", "f32", "f64"}) {
    auto module =
        parseModule(*context_, std::string("func.func private @main(tensor<6x") + element + ">)");
    auto type = cast<RankedTensorType>(mainOf(*module).getArgumentTypes()[0]);
    Random random(element);
    auto tensor = drawTensor(type, {-100, 100}, random);
    auto bytes = ir::toBytes(tensor);
    EXPECT_EQ(static_cast<int64_t>(bytes.size()), 6 * ir::elementBytes(type.getElementType()));
    auto again = ir::fromBytes(type, bytes.data());
    EXPECT_EQ(again.floats, tensor.floats) << element;
    EXPECT_EQ(again.ints, tensor.ints) << element;
  }
}

TEST_F(Reference, LaunchesAndConditionsAreEvaluatedInside) {
  auto results = [&](const Sample& sample) {
    auto module = parseModule(*context_, sample.text);
    auto inputs = drawInputs(sample, mainOf(*module));
    auto values = ir::evaluateFunction(mainOf(*module), inputs);
    EXPECT_TRUE(succeeded(values)) << sample.name;
    return std::pair(inputs.back(), succeeded(values) ? values->front() : ir::ReferenceTensor{});
  };
  auto [x, launched] = results(*samplesOf("launch").front());
  for (int64_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(launched.floats[i], 3 * x.floats[i], 1e-6);  // @k0 adds twice
  for (const Sample* sample : samplesOf("cond")) results(*sample);
}

TEST_F(Reference, WhatItCannotEvaluateIsADiagnostic) {
  std::string message;
  ScopedDiagnosticHandler handler(context_.get(), [&](Diagnostic& diagnostic) {
    message += diagnostic.str();
    return success();
  });
  auto module = parseModule(*context_, "func.func private @main(tensor<2xf32>) -> tensor<2xf32>");
  EXPECT_TRUE(failed(ir::evaluateFunction(mainOf(*module), {})));
  EXPECT_THAT(message, ::testing::HasSubstr("no body"));
  message.clear();
  module = parseModule(*context_,
                       "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : "
                       "tensor<2xf32> }");
  EXPECT_TRUE(failed(ir::evaluateFunction(mainOf(*module), {})));
  EXPECT_THAT(message, ::testing::HasSubstr("wants 1 arguments, got 0"));
}

TEST(Samples, HaveUniqueNamesParseAndEvaluate) {
  auto context = makeContext();
  std::set<std::string> names;
  for (const Sample& sample : allSamples()) {
    EXPECT_TRUE(names.insert(sample.name).second) << sample.name;
    auto module = parseModule(*context, sample.text);
    ASSERT_TRUE(module) << sample.text;
    EXPECT_TRUE(
        succeeded(ir::evaluateFunction(mainOf(*module), drawInputs(sample, mainOf(*module)))))
        << sample.name;
  }
}

}  // namespace
}  // namespace etch::testing
