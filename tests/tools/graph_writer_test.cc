#include "etch/tools/etch/graph_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

namespace etch::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class GraphWriter : public ::testing::Test {
 protected:
  GraphWriter() {
    context_.loadDialect<ir::EtchDialect, mlir::func::FuncDialect>();
    module_ = mlir::parseSourceString<mlir::ModuleOp>(R"mlir(
      func.func @main(%x: tensor<8x64xf32> {etch.name = "x"},
                      %w: tensor<64x10xf32> {etch.kind = "state", etch.path = "fc.weight"})
          -> (tensor<8x10xf32> {etch.name = "out0"}) {
        %0 = etch.matmul %x, %w : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32>
        %r = etch.reshape %0 {shape = array<i64: 80>} : (tensor<8x10xf32>) -> tensor<80xf32>
        %b = etch.reshape %r {shape = array<i64: 8, 10>} : (tensor<80xf32>) -> tensor<8x10xf32>
        %1 = etch.exp %b : (tensor<8x10xf32>) -> tensor<8x10xf32>
        return %1 : tensor<8x10xf32>
      })mlir",
                                                      &context_);
    if (!module_) return;  // each test asserts it
    module_->walk([&](mlir::Operation* op) {
      bool in_layer = op->getName().getStringRef() == "etch.matmul";
      op->setLoc(ir::makeLocation(&context_, in_layer ? "encoder.fc" : "", "model.cc", 7));
    });
  }

  mlir::MLIRContext context_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
};

TEST_F(GraphWriter, DrawsOpsInTheFramesOfTheirModules) {
  ASSERT_TRUE(module_);
  std::string dot = write_dot(*module_);
  EXPECT_THAT(dot, AllOf(HasSubstr("label=\"encoder\""), HasSubstr("label=\"fc\""),
                         HasSubstr("op0 [label=\"matmul\\n8x10xf32\"]"),
                         HasSubstr("op1 [label=\"exp\\n8x10xf32\"]"), HasSubstr("op0 -> op1;")));
  EXPECT_LT(dot.find("op1 [label"), dot.find("subgraph"));
}

TEST_F(GraphWriter, LeavesOutWhatOnlyRearranges) {
  ASSERT_TRUE(module_);
  EXPECT_THAT(write_dot(*module_), AllOf(Not(HasSubstr("reshape")), HasSubstr("op0 -> op1;")));
}

TEST_F(GraphWriter, NamesInputsAndResults) {
  ASSERT_TRUE(module_);
  std::string dot = write_dot(*module_);
  EXPECT_THAT(
      dot, AllOf(HasSubstr("label=\"x\\n8x64xf32\""), HasSubstr("label=\"fc.weight\\n64x10xf32\""),
                 HasSubstr("label=\"out0\""), HasSubstr("op1 -> out0;")));
}

TEST_F(GraphWriter, ShowsOnlyWhatTheFilterKeeps) {
  ASSERT_TRUE(module_);
  std::string dot = write_dot(*module_, "encoder.*");
  EXPECT_THAT(dot, AllOf(HasSubstr("matmul"), HasSubstr("fc.weight"), Not(HasSubstr("exp"))));
}

}  // namespace
}  // namespace etch::tools
