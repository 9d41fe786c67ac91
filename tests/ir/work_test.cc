// Operations and bytes of kernels, against counts by hand.
#include "etch/ir/work.h"

#include <gtest/gtest.h>

#include "etch/ir/dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

namespace etch::ir {
namespace {

// Of the function that `text` is the signature and body of.
Work work_of(const std::string& text) {
  mlir::MLIRContext context;
  context.loadDialect<EtchDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>("func.func @kernel" + text,
                                                        mlir::ParserConfig(&context));
  if (!module) return {-1, -1};
  return workOf((*module->getOps<mlir::func::FuncOp>().begin()).front());
}

TEST(Work, OfAProductIsTwoForEachMultiplyAdd) {
  Work work = work_of(R"((%a: tensor<5x8xf32>, %b: tensor<3x8xf32>) -> tensor<5x3xf32> {
    %y = etch.matmul %a, %b {transpose_rhs} : (tensor<5x8xf32>, tensor<3x8xf32>) -> tensor<5x3xf32>
    return %y : tensor<5x3xf32>
  })");
  EXPECT_EQ(work.operations, 2 * 5 * 3 * 8);
  EXPECT_EQ(work.bytes, 4 * (5 * 8 + 3 * 8 + 5 * 3));
}

TEST(Work, OfPanelsDoesNotCountTheirPadding) {
  Work work = work_of(R"((%a: tensor<5x8xf32>, %p: tensor<1x8x16xf32>) -> tensor<5x3xf32> {
    %b = etch.unpack %p {columns = 3 : i64, row_dims = 1 : i64, column_dims = 1 : i64} : (tensor<1x8x16xf32>) -> tensor<8x3xf32>
    %y = etch.matmul %a, %b : (tensor<5x8xf32>, tensor<8x3xf32>) -> tensor<5x3xf32>
    return %y : tensor<5x3xf32>
  })");
  EXPECT_EQ(work.operations, 2 * 5 * 3 * 8);
  // Memory is read with the padding.
  EXPECT_EQ(work.bytes, 4 * (5 * 8 + 8 * 16 + 5 * 3));
}

TEST(Work, OfAProductWithWindowsCountsAllOfTheirDepth) {
  Work work = work_of(R"((%x: tensor<5x2x4xf32>, %b: tensor<8x3xf32>) -> tensor<5x3xf32> {
    %y = etch.matmul %x, %b {depth_dims = 2 : i64} : (tensor<5x2x4xf32>, tensor<8x3xf32>) -> tensor<5x3xf32>
    return %y : tensor<5x3xf32>
  })");
  EXPECT_EQ(work.operations, 2 * 5 * 3 * 8);
}

TEST(Work, OfElementwiseOpsAndReductionsIsOneForEachElement) {
  Work work = work_of(R"((%x: tensor<4x6xf64>, %b: tensor<1x6xf64>) -> tensor<4x1xf64> {
    %wide = etch.broadcast %b {shape = array<i64: 4, 6>} : (tensor<1x6xf64>) -> tensor<4x6xf64>
    %s = etch.mul %x, %wide : (tensor<4x6xf64>, tensor<4x6xf64>) -> tensor<4x6xf64>
    %y = etch.reduce_sum %s {dims = array<i64: 1>} : (tensor<4x6xf64>) -> tensor<4x1xf64>
    return %y : tensor<4x1xf64>
  })");
  EXPECT_EQ(work.operations, 4 * 6 + 4 * 6);
  EXPECT_EQ(work.bytes, 8 * (4 * 6 + 6 + 4));
}

TEST(Work, CountsWhatIsReadOfAnArgumentAndNoMore) {
  Work work = work_of(R"((%table: tensor<1000x4xf32>, %i: tensor<3xi64>) -> tensor<3x4xf32> {
    %y = etch.gather %table, %i : (tensor<1000x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
    return %y : tensor<3x4xf32>
  })");
  EXPECT_EQ(work.operations, 0);
  EXPECT_EQ(work.bytes, 4 * (3 * 4 + 3 * 4) + 8 * 3);
  // Windows overlap: each element is read from memory once.
  work = work_of(R"((%x: tensor<10xf32>) -> tensor<3x8xf32> {
    %w = etch.windows %x {kernel = array<i64: 3>, stride = array<i64: 1>, dilation = array<i64: 1>} : (tensor<10xf32>) -> tensor<3x8xf32>
    %y = etch.neg %w : (tensor<3x8xf32>) -> tensor<3x8xf32>
    return %y : tensor<3x8xf32>
  })");
  EXPECT_EQ(work.operations, 3 * 8);
  EXPECT_EQ(work.bytes, 4 * (10 + 3 * 8));
}

TEST(Work, OfAConvolutionLeavesOutZerosBetweenElements) {
  auto conv = [](const char* spread, const char* result) {
    return work_of(std::string("(%x: tensor<2x6x9xf32>, %w: tensor<4x3x5xf32>) -> ") + result +
                   " { %y = etch.conv %x, %w {stride = array<i64: 1>, low = array<i64: 0>, "
                   "high = array<i64: 0>, input_dilation = array<i64: " +
                   spread +
                   ">, dilation = array<i64: 1>, groups = 2 : i64} : (tensor<2x6x9xf32>, "
                   "tensor<4x3x5xf32>) -> " +
                   result + " return %y : " + result + " }");
  };
  EXPECT_EQ(conv("1", "tensor<2x4x5xf32>").operations, 2 * (2 * 4 * 5) * 3 * 5);
  EXPECT_EQ(conv("2", "tensor<2x4x13xf32>").operations, 2 * (2 * 4 * 13) * 3 * 5 / 2);
}

}  // namespace
}  // namespace etch::ir
