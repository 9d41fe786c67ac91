// Choices of tiles: their text, what is refused, and that each of them computes the same.
#include "etch/codegen/schedule/tile_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "etch/tests/codegen/agreement.h"
#include "etch/tests/ops/compiled.h"
#include "etch/tests/ops/sample.h"
#include "mlir/IR/Builders.h"
#include "mlir/Parser/Parser.h"

namespace etch::testing {
namespace {

using namespace mlir;
using ::testing::HasSubstr;

class TileChoiceTest : public ::testing::Test {
 protected:
  TileChoiceTest() {
    context_.loadDialect<func::FuncDialect>();
    target_.vector_bytes = 64;
    target_.vector_registers = 32;
  }

  // The choice for a product of 100 x 300 x 1000 under `schedule`, as text; or the error.
  std::string settle(const char* schedule, codegen::TileProblem problem = {1, 100, 300, 1000}) {
    OpBuilder b(&context_);
    OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
    b.setInsertionPointToStart(module->getBody());
    auto kernel = func::FuncOp::create(b, b.getUnknownLoc(), "k0", b.getFunctionType({}, {}));
    if (schedule) kernel->setAttr(codegen::kScheduleAttr, b.getStringAttr(schedule));
    std::string error;
    ScopedDiagnosticHandler handler(&context_, [&](Diagnostic& diagnostic) {
      error = diagnostic.str();
      return success();
    });
    codegen::TileChoice tile =
        codegen::chooseTile(target_, problem.m, problem.n, problem.k, problem.element_bytes);
    if (failed(codegen::settleTile(kernel, target_, problem, tile))) return error;
    auto text = kernel->getAttrOfType<StringAttr>(codegen::kScheduleAttr).str();
    EXPECT_EQ(text, codegen::toText(tile));
    return text;
  }

  MLIRContext context_;
  codegen::Target target_;
};

TEST_F(TileChoiceTest, TheCostModelsTextIsItself) {
  std::string chosen = settle(nullptr);
  EXPECT_THAT(chosen, HasSubstr("columns=64"));
  EXPECT_EQ(settle(chosen.c_str()), chosen);
  EXPECT_EQ(settle(""), chosen);
}

TEST_F(TileChoiceTest, WhatIsLeftOutTheCostModelChooses) {
  EXPECT_THAT(settle("rows=4"), HasSubstr("rows=4 columns=64 k=512 m="));
  EXPECT_THAT(settle("k=100 prefetch=1"), HasSubstr("k=100 m="));
  EXPECT_THAT(settle("k=5000"), HasSubstr("k=1000"));
  EXPECT_THAT(settle("rows=4 m=8 n=128"), HasSubstr("m=8 n=128"));
}

TEST_F(TileChoiceTest, RefusesWhatCannotBe) {
  EXPECT_THAT(settle("rows=7"), HasSubstr("do not fit into 32 registers"));
  EXPECT_THAT(settle("rows=0"), HasSubstr("rows are"));
  EXPECT_THAT(settle("columns=32"), HasSubstr("columns are 64 here"));
  EXPECT_THAT(settle("rows=4 m=6"), HasSubstr("multiples"));
  EXPECT_THAT(settle("rows=x"), HasSubstr("NAME=NUMBER"));
  EXPECT_THAT(settle("depth=3"), HasSubstr("there is no depth"));
  codegen::TileProblem packed{1, 100, 300, 1000};
  packed.rows_are_given = true;
  EXPECT_THAT(settle("rows=3", packed), HasSubstr("rows are"));
}

TEST_F(TileChoiceTest, ThreadsFindEnoughPiecesUnlessTheyWouldBeTiny) {
  auto tileOf = [&](int64_t batches, int64_t m, int64_t n, int64_t k) {
    codegen::TileChoice tile = codegen::chooseTile(target_, m, n, k, 4);
    codegen::chooseBlocks(target_, batches, m, n, k, 4, tile);
    return tile;
  };
  auto piecesOf = [&](const codegen::TileChoice& tile) { return tile.m_blocks * tile.n_blocks; };
  for (auto [m, n, k] : {std::array<int64_t, 3>{49, 160, 960},
                         {49, 960, 160},
                         {196, 64, 384},
                         {64, 512, 784},
                         {3136, 24, 96}})
    EXPECT_GE(piecesOf(tileOf(1, m, n, k)), 10) << m << " " << n << " " << k;
  EXPECT_EQ(piecesOf(tileOf(1, 32, 32, 64)), 1);
  // Products of a batch are pieces already.
  EXPECT_EQ(piecesOf(tileOf(96, 64, 64, 64)), 1);
  // Where the right-hand side lies in L2 as a whole, pieces of the same rows are neighbours.
  EXPECT_TRUE(tileOf(1, 196, 64, 384).rows_outside);
  EXPECT_FALSE(tileOf(1, 1024, 1024, 1024).rows_outside);
}

struct Shape {
  int64_t m, n, k;
  bool epilogue;
};

// A product whose right-hand side is packed, with a bias in its epilogue or without.
std::string productText(const Shape& p) {
  auto type = [](int64_t rows, int64_t columns) {
    return "tensor<" + std::to_string(rows) + "x" + std::to_string(columns) + "xf32>";
  };
  std::string a = type(p.m, p.k), b = type(p.k, p.n), c = type(p.m, p.n);
  std::string text = "func.func @main(%a: " + a + ", %b: " + b + ", %c: " + c + ") -> " + c +
                     " {\n  %p = etch.matmul %a, %b : (" + a + ", " + b + ") -> " + c + "\n";
  if (p.epilogue)
    text += "  %y = etch.add %p, %c : (" + c + ", " + c + ") -> " + c + "\n  return %y : " + c;
  else
    text += "  return %p : " + c;
  return text + "\n}";
}

TEST(TileCandidates, ComputeTheSame) {
  for (Shape shape :
       {Shape{37, 131, 300, false}, Shape{64, 70, 33, true}, Shape{1, 200, 140, false}}) {
    std::string text = productText(shape);
    auto context = makeContext();
    auto parse = [&] { return parseSourceString<ModuleOp>(text, context.get()); };
    OwningOpRef<ModuleOp> module = parse();
    ASSERT_TRUE(module) << text;
    auto reference = runReference(*module);
    ASSERT_TRUE(succeeded(reference)) << text;
    const auto& [inputs, expected] = *reference;

    codegen::CompileOptions options;
    options.list_choices = true;
    codegen::CompileReport report;
    OwningOpRef<ModuleOp> listed = parse();
    auto objects = codegen::compileToObjects(*listed, options, &report);
    ASSERT_TRUE(objects.ok()) << objects.status();
    size_t candidates = 0;
    for (const codegen::KernelChoice& choice : report.choices) {
      for (const std::string& candidate : choice.candidates) {
        EXPECT_NE(candidate, choice.chosen);
        codegen::CompileOptions forced;
        forced.schedules = {{choice.kernel, candidate}};
        OwningOpRef<ModuleOp> again = parse();
        auto actual = compileAndRun(*again, inputs, forced);
        ASSERT_TRUE(actual.ok()) << candidate << "\n" << actual.status();
        EXPECT_EQ(difference((*actual)[0], expected.values[0], 2e-5, expected.slack[0]), "")
            << candidate << "\n"
            << text;
        ++candidates;
      }
    }
    EXPECT_GE(candidates, 3u) << text;
  }
}

TEST(TileCandidates, WrongOnesAreToldWithTheirKernel) {
  auto context = makeContext();
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(productText({37, 131, 300, false}), context.get());
  codegen::CompileOptions options;
  options.list_choices = true;
  codegen::CompileReport report;
  OwningOpRef<ModuleOp> copy = module->clone();
  ASSERT_TRUE(codegen::compileToObjects(*copy, options, &report).ok());
  codegen::CompileOptions forced;
  for (const codegen::KernelChoice& choice : report.choices)
    if (!choice.candidates.empty()) forced.schedules[choice.kernel] = "rows=99";
  auto status = codegen::compileToObjects(*module, forced).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("do not fit"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("matmul"));
}

}  // namespace
}  // namespace etch::testing
