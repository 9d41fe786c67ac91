#include "etch/tools/etch/bisect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "etch/codegen/dialects.h"
#include "etch/ir/dialect.h"
#include "etch/ir/program.h"
#include "etch/runtime/executor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

namespace etch::tools {
namespace {

using mlir::func::FuncOp;

// A perceptron of four modules, each a product and its activation.
constexpr char kProgram[] = R"mlir(
  func.func @main(%x: tensor<4x8xf32> {etch.name = "x"},
                  %w: tensor<8x8xf32> {etch.kind = "state", etch.path = "w"})
      -> (tensor<4x8xf32> {etch.name = "out0"}, tensor<4x8xf32> {etch.name = "out1"}) {
    %0 = etch.matmul %x, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
    %1 = etch.tanh %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    %2 = etch.matmul %1, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
    %3 = etch.tanh %2 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    %4 = etch.matmul %3, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
    %5 = etch.tanh %4 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    %6 = etch.matmul %5, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
    %7 = etch.tanh %6 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    return %7, %3 : tensor<4x8xf32>, tensor<4x8xf32>
  })mlir";

class Bisect : public ::testing::Test {
 protected:
  Bisect() {
    mlir::DialectRegistry registry;
    codegen::registerDialects(registry);
    context_.appendDialectRegistry(registry);
    module_ = mlir::parseSourceString<mlir::ModuleOp>(kProgram, &context_);
    if (!module_) return;
    unsigned number = 0;
    for (mlir::Operation& op : main_of(*module_).front().without_terminator()) {
      op.setLoc(ir::makeLocation(&context_, "layers." + std::to_string(number / 2), "model.cc",
                                 10 + number));
      ++number;
    }
    float value = 0.3f;
    for (int64_t elements : {32, 64}) {
      auto storage = runtime::Storage::allocate(elements * sizeof(float)).value();
      for (int64_t i = 0; i < elements; ++i, value = std::fmod(value * 1.7f + 0.1f, 1.0f))
        storage->data<float>()[i] = value - 0.5f;
      inputs_.push_back(std::move(storage));
    }
  }

  static FuncOp main_of(mlir::ModuleOp module) {
    return module.lookupSymbol<FuncOp>(ir::kMainName);
  }
  Evaluator compiled() const {
    return compiled_evaluator(inputs_, {.num_threads = 1}, runtime::default_executor());
  }
  // A compiler with a fault: each tanh from the `first` of its kind on becomes an erf, of which
  // the program that was asked for knows nothing. Not where the program has more results than
  // `most`: then the fault does not show.
  Evaluator faulty(unsigned first, unsigned last, unsigned most = 1000) const {
    return [=, this](mlir::ModuleOp module) {
      mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
      FuncOp main = main_of(*copy);
      unsigned number = 0;
      for (mlir::Operation& op : llvm::make_early_inc_range(main.front())) {
        if (op.getName().getStringRef() != "etch.tanh" || number++ < first || number > last + 1)
          continue;
        if (main.getNumResults() > most) break;
        mlir::OpBuilder builder(&op);
        mlir::OperationState state(op.getLoc(), "etch.erf");
        state.addOperands(op.getOperands());
        state.addTypes(op.getResultTypes());
        op.replaceAllUsesWith(builder.create(state));
        op.erase();
      }
      return compiled()(*copy);
    };
  }
  Bisection find(const Evaluator& subject, double tolerance = 0) const {
    mlir::ModuleOp module = *module_;
    auto found = bisect(module, subject, reference_evaluator(inputs_), {.tolerance = tolerance});
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : Bisection();
  }

  mlir::MLIRContext context_;
  mutable mlir::OwningOpRef<mlir::ModuleOp> module_;
  Buffers inputs_;
};

TEST_F(Bisect, FindsNothingWhereNothingIsWrong) {
  ASSERT_TRUE(module_);
  Bisection found = find(compiled());
  EXPECT_FALSE(found.found);
  EXPECT_EQ(found.results.size(), 2u);
  EXPECT_GE(found.probes.size(), 4u);
}

TEST_F(Bisect, NamesTheOpWithTheFault) {
  ASSERT_TRUE(module_);
  for (unsigned layer = 0; layer < 4; ++layer) {
    Bisection found = find(faulty(layer, 3));
    ASSERT_TRUE(found.found) << layer;
    EXPECT_EQ(found.first.path, "layers." + std::to_string(layer));
    EXPECT_EQ(found.first.op, "etch.tanh");
    EXPECT_EQ(found.first.line, "model.cc:" + std::to_string(11 + 2 * layer));
    EXPECT_GT(found.first.difference.relative, found.first.tolerance);
  }
}

TEST_F(Bisect, FindsAFaultThatSomeResultsDoNotShow) {
  ASSERT_TRUE(module_);
  // out1 is computed before.
  Bisection found = find(faulty(2, 2));
  ASSERT_TRUE(found.found);
  EXPECT_EQ(found.first.path, "layers.2");
  EXPECT_TRUE(found.results[0].differs());
  EXPECT_FALSE(found.results[1].differs());
}

TEST_F(Bisect, CutsInHalvesWhereFurtherResultsHideTheFault) {
  ASSERT_TRUE(module_);
  for (unsigned layer = 0; layer < 4; ++layer) {
    Bisection found = find(faulty(layer, 3, /*most=*/3));
    ASSERT_TRUE(found.found) << layer;
    EXPECT_EQ(found.first.path, "layers." + std::to_string(layer));
  }
}

TEST_F(Bisect, DifferencesWithinTheToleranceAreNone) {
  ASSERT_TRUE(module_);
  EXPECT_FALSE(find(faulty(0, 3), /*tolerance=*/10).found);
  Probe probe{.tolerance = 1e-3, .absolute = 1e-6};
  probe.difference = {.relative = 3, .largest = 1e-7};
  EXPECT_FALSE(probe.differs());
  probe.difference = {.relative = 3, .largest = 1e-5};
  EXPECT_TRUE(probe.differs());
}

TEST_F(Bisect, TellsOfWhatCannotBeEvaluated) {
  ASSERT_TRUE(module_);
  Evaluator broken = [](mlir::ModuleOp) -> absl::StatusOr<Buffers> {
    return absl::InternalError("no compiler today");
  };
  mlir::ModuleOp module = *module_;
  auto found = bisect(module, broken, reference_evaluator(inputs_), {});
  EXPECT_EQ(found.status(), absl::InternalError("no compiler today"));
}

}  // namespace
}  // namespace etch::tools
