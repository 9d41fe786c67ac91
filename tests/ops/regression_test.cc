// Programs that were compiled wrongly once, shrunk from what random programs found.
#include <gtest/gtest.h>

#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/difference.h"
#include "etch/tests/ops/sample.h"

using namespace mlir;

namespace etch::testing {
namespace {

struct Regression {
  const char* name;
  const char* text;
};

void PrintTo(const Regression& regression, std::ostream* os) { *os << regression.name; }

constexpr Regression kRegressions[] = {
    {"SliceOfAProductIsTheResult", R"mlir(
func.func @main(%a: tensor<2x3x5x2xf32>, %b: tensor<2x3x3x2xf32>) -> tensor<1x3x3x5xf32> {
  %0 = etch.matmul %b, %a {transpose_rhs} : (tensor<2x3x3x2xf32>, tensor<2x3x5x2xf32>) -> tensor<2x3x3x5xf32>
  %1 = etch.slice %0 {offsets = array<i64: 0, 0, 0, 0>, sizes = array<i64: 1, 3, 3, 5>, strides = array<i64: 1, 1, 1, 1>} : (tensor<2x3x3x5xf32>) -> tensor<1x3x3x5xf32>
  return %1 : tensor<1x3x3x5xf32>
})mlir"},
    {"ViewIsReturnedTwice", R"mlir(
func.func @main(%a: tensor<1x200xf32>) -> (tensor<200x1xf32>, tensor<200x1xf32>) {
  %0 = etch.transpose %a {permutation = array<i64: 1, 0>} : (tensor<1x200xf32>) -> tensor<200x1xf32>
  %1 = etch.transpose %a {permutation = array<i64: 1, 0>} : (tensor<1x200xf32>) -> tensor<200x1xf32>
  return %0, %1 : tensor<200x1xf32>, tensor<200x1xf32>
})mlir"},
    {"SoftmaxOfATransposedChain", R"mlir(
func.func @main(%a: tensor<64x300xf32>) -> tensor<300x64xf32> {
  %0 = etch.exp %a : (tensor<64x300xf32>) -> tensor<64x300xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<64x300xf32>) -> tensor<300x64xf32>
  %2 = etch.softmax %1 {dim = 1 : i64} : (tensor<300x64xf32>) -> tensor<300x64xf32>
  return %2 : tensor<300x64xf32>
})mlir"},
    {"TransposedChainIsReadInAChain", R"mlir(
func.func @main(%a: tensor<1x40x17xf32>, %b: tensor<1x40x17xf32>, %c: tensor<17x1x40xf32>) -> tensor<17x1x40xf32> {
  %0 = etch.mul %a, %b : (tensor<1x40x17xf32>, tensor<1x40x17xf32>) -> tensor<1x40x17xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 2, 0, 1>} : (tensor<1x40x17xf32>) -> tensor<17x1x40xf32>
  %2 = etch.add %1, %c : (tensor<17x1x40xf32>, tensor<17x1x40xf32>) -> tensor<17x1x40xf32>
  return %2 : tensor<17x1x40xf32>
})mlir"},
    {"ReductionAndItsTransposeAreReturned", R"mlir(
func.func @main(%a: tensor<4x3x5xf32>) -> (tensor<4x3x5xf32>, tensor<4x1x1xf32>) {
  %0 = etch.reduce_max %a {dims = array<i64: 1, 2>} : (tensor<4x3x5xf32>) -> tensor<4x1x1xf32>
  %1 = etch.broadcast %0 {shape = array<i64: 4, 3, 5>} : (tensor<4x1x1xf32>) -> tensor<4x3x5xf32>
  %2 = etch.sub %a, %1 : (tensor<4x3x5xf32>, tensor<4x3x5xf32>) -> tensor<4x3x5xf32>
  %3 = etch.transpose %0 {permutation = array<i64: 0, 2, 1>} : (tensor<4x1x1xf32>) -> tensor<4x1x1xf32>
  return %2, %3 : tensor<4x3x5xf32>, tensor<4x1x1xf32>
})mlir"},
    // A kernel must not read through a view what it computes itself.
    {"ValueIsReadDirectlyAndThroughAView", R"mlir(
func.func @main(%a: tensor<9x9xf32>, %b: tensor<9x9xf32>) -> tensor<9x9xf32> {
  %0 = etch.exp %a : (tensor<9x9xf32>) -> tensor<9x9xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<9x9xf32>) -> tensor<9x9xf32>
  %2 = etch.mul %0, %b : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  %3 = etch.sub %2, %1 : (tensor<9x9xf32>, tensor<9x9xf32>) -> tensor<9x9xf32>
  return %3 : tensor<9x9xf32>
})mlir"},
    {"ReductionIsReadDirectlyAndThroughAView", R"mlir(
func.func @main(%a: tensor<1x65xf32>, %b: tensor<1x1xf32>, %c: tensor<1x1xi1>) -> tensor<1x1xf32> {
  %0 = etch.reduce_max %a {dims = array<i64: 0, 1>} : (tensor<1x65xf32>) -> tensor<1x1xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %2 = etch.mul %b, %0 : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %3 = etch.select %c, %2, %1 : (tensor<1x1xi1>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %3 : tensor<1x1xf32>
})mlir"},
    {"TransposeOfAProductIsReturnedUnderAnotherShape", R"mlir(
func.func @main(%a: tensor<17x1x40xf32>, %b: tensor<14x40xf32>) -> tensor<238xf32> {
  %0 = etch.matmul %a, %b {transpose_rhs} : (tensor<17x1x40xf32>, tensor<14x40xf32>) -> tensor<17x1x14xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0, 2>} : (tensor<17x1x14xf32>) -> tensor<1x17x14xf32>
  %2 = etch.reshape %1 {shape = array<i64: 238>} : (tensor<1x17x14xf32>) -> tensor<238xf32>
  return %2 : tensor<238xf32>
})mlir"},
    {"TransposeOfAScatterIsReadInAConcat", R"mlir(
func.func @main(%a: tensor<i64>, %b: tensor<2x3xf32>, %c: tensor<2x3x3xf32>) -> tensor<2x9x3xf32> {
  %0 = etch.scatter_add %a, %b {rows = 6 : i64} : (tensor<i64>, tensor<2x3xf32>) -> tensor<6x2x3xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0, 2>} : (tensor<6x2x3xf32>) -> tensor<2x6x3xf32>
  %2 = etch.concat %1, %c {dim = 1 : i64} : (tensor<2x6x3xf32>, tensor<2x3x3xf32>) -> tensor<2x9x3xf32>
  return %2 : tensor<2x9x3xf32>
})mlir"},
    {"ValueAndItsViewsAreReturned", R"mlir(
func.func @main(%a: tensor<1x3xf32>, %b: tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<3x1xf32>, tensor<3x1xf32>) {
  %0 = etch.minimum %a, %b : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<1x3xf32>) -> tensor<3x1xf32>
  return %0, %1, %1 : tensor<1x3xf32>, tensor<3x1xf32>, tensor<3x1xf32>
})mlir"},
    {"ViewsOfOneValueAreReturned", R"mlir(
func.func @main(%a: tensor<1x6xf32>) -> (tensor<2x3xf32>, tensor<6x1xf32>, tensor<6xf32>) {
  %0 = etch.exp %a : (tensor<1x6xf32>) -> tensor<1x6xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<1x6xf32>) -> tensor<6x1xf32>
  %2 = etch.reshape %1 {shape = array<i64: 2, 3>} : (tensor<6x1xf32>) -> tensor<2x3xf32>
  %3 = etch.reshape %0 {shape = array<i64: 6>} : (tensor<1x6xf32>) -> tensor<6xf32>
  return %2, %1, %3 : tensor<2x3xf32>, tensor<6x1xf32>, tensor<6xf32>
})mlir"},
    {"ChainOfAProductIsPaddedAndAdded", R"mlir(
func.func @main(%a: tensor<6x3x48xf32>, %b: tensor<48x2xf32>, %c: tensor<36xf32>, %d: tensor<200xf32>) -> tensor<1x200xf32> {
  %0 = etch.matmul %a, %b : (tensor<6x3x48xf32>, tensor<48x2xf32>) -> tensor<6x3x2xf32>
  %1 = etch.transpose %0 {permutation = array<i64: 0, 2, 1>} : (tensor<6x3x2xf32>) -> tensor<6x2x3xf32>
  %2 = etch.reshape %1 {shape = array<i64: 36>} : (tensor<6x2x3xf32>) -> tensor<36xf32>
  %3 = etch.add %c, %2 : (tensor<36xf32>, tensor<36xf32>) -> tensor<36xf32>
  %4 = etch.pad %3 {high = array<i64: 0>, interior = array<i64: 0>, low = array<i64: 164>} : (tensor<36xf32>) -> tensor<200xf32>
  %5 = etch.add %d, %4 : (tensor<200xf32>, tensor<200xf32>) -> tensor<200xf32>
  %6 = etch.reshape %5 {shape = array<i64: 1, 200>} : (tensor<200xf32>) -> tensor<1x200xf32>
  return %6 : tensor<1x200xf32>
})mlir"},
    {"WhatMayOverwriteItsArgumentIsAlsoPadded", R"mlir(
func.func @main(%x: tensor<2x2x2x8xf32>) -> (tensor<2x4x4x8xf32>, tensor<2x2x2x8xf32>) {
  %y = etch.exp %x : (tensor<2x2x2x8xf32>) -> tensor<2x2x2x8xf32>
  %p = etch.pad %y {high = array<i64: 0, 1, 1, 0>, interior = array<i64: 0, 0, 0, 0>, low = array<i64: 0, 1, 1, 0>} : (tensor<2x2x2x8xf32>) -> tensor<2x4x4x8xf32>
  return %p, %y : tensor<2x4x4x8xf32>, tensor<2x2x2x8xf32>
})mlir"},
    {"WhatMayOverwriteItsArgumentIsAlsoJoined", R"mlir(
func.func @main(%x: tensor<4x40xf32>, %n: tensor<4x3xf32>, %a: tensor<4x8xf32>) -> (tensor<4x48xf32>, tensor<4x11xf32>, tensor<4x8xf32>) {
  %y = etch.exp %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %c = etch.concat %x, %y {dim = 1 : i64} : (tensor<4x40xf32>, tensor<4x8xf32>) -> tensor<4x48xf32>
  %d = etch.concat %n, %y {dim = 1 : i64} : (tensor<4x3xf32>, tensor<4x8xf32>) -> tensor<4x11xf32>
  return %c, %d, %y : tensor<4x48xf32>, tensor<4x11xf32>, tensor<4x8xf32>
})mlir"},
    {"WhatMayOverwriteItsArgumentIsJoinedOnce", R"mlir(
func.func @main(%x: tensor<4x40xf32>, %a: tensor<4x8xf32>) -> (tensor<4x48xf32>, tensor<4x8xf32>) {
  %y = etch.exp %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %c = etch.concat %x, %y {dim = 1 : i64} : (tensor<4x40xf32>, tensor<4x8xf32>) -> tensor<4x48xf32>
  return %c, %y : tensor<4x48xf32>, tensor<4x8xf32>
})mlir"},
    {"PartsOfAJoinReadEachOtherThroughViews", R"mlir(
func.func @main(%x: tensor<4x8xf32>, %w: tensor<4x8xf32>) -> tensor<8x8xf32> {
  %y = etch.exp %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %r = etch.reverse %y {dims = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = etch.mul %r, %w : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %c = etch.concat %y, %z {dim = 0 : i64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  return %c : tensor<8x8xf32>
})mlir"},
    {"ConstantBesideWhatMayOverwriteItsArgument", R"mlir(
func.func @main(%x: tensor<8x64xf32>, %w: tensor<64x3xf32>) -> (tensor<8x3xf32>, tensor<8x64xf32>, tensor<8x64xf32>) {
  %z = etch.constant dense<0.0> : tensor<8x64xf32>
  %c = etch.compare gt, %x, %z : (tensor<8x64xf32>, tensor<8x64xf32>) -> tensor<8x64xi1>
  %s = etch.select %c, %x, %z : (tensor<8x64xi1>, tensor<8x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  %e = etch.exp %s : (tensor<8x64xf32>) -> tensor<8x64xf32>
  %y = etch.matmul %z, %w : (tensor<8x64xf32>, tensor<64x3xf32>) -> tensor<8x3xf32>
  return %y, %z, %e : tensor<8x3xf32>, tensor<8x64xf32>, tensor<8x64xf32>
})mlir"},
    {"SumOfAPaddedColumn", R"mlir(
func.func @main(%x: tensor<3x1xf32>) -> (tensor<3x1xf32>, tensor<3x1xf32>) {
  %y = etch.exp %x : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %p = etch.pad %y {high = array<i64: 0, 19>, interior = array<i64: 0, 0>, low = array<i64: 0, 0>} : (tensor<3x1xf32>) -> tensor<3x20xf32>
  %s = etch.reduce_sum %p {dims = array<i64: 1>} : (tensor<3x20xf32>) -> tensor<3x1xf32>
  return %y, %s : tensor<3x1xf32>, tensor<3x1xf32>
})mlir"},
};

class Regressions : public ::testing::TestWithParam<Regression> {};

TEST_P(Regressions, AgreesWithTheReference) {
  auto context = makeContext();
  auto module = parseModule(*context, GetParam().text);
  ASSERT_TRUE(module);
  Random random(GetParam().name);
  auto inputs = drawTensors(mainOf(*module).getArgumentTypes(), {}, random);
  auto expected = ir::evaluateFunction(mainOf(*module), inputs);
  ASSERT_TRUE(succeeded(expected));
  auto results = compileAndRun(*module, inputs);
  ASSERT_TRUE(results.ok()) << results.status().message();
  for (auto [actual, value] : llvm::zip_equal(*results, *expected))
    EXPECT_EQ(difference(actual, value, toleranceOf(value.type.getElementType())), "");
}

INSTANTIATE_TEST_SUITE_P(Programs, Regressions, ::testing::ValuesIn(kRegressions),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace etch::testing
