// passes::differentiate as the frontend calls it: intermediate values, hooks, what it appends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "etch/ir/build.h"
#include "etch/passes/autodiff.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

namespace etch::passes {
namespace {

using mlir::Value;
using testing::ElementsAre;

// y = exp(sin(x)) * w, with names of ops to find values by.
constexpr const char* kProgram = R"(
  func.func @main(%x: tensor<f32>, %w: tensor<f32>, %other: tensor<f32>) -> tensor<f32> {
    %s = etch.sin %x {name = "s"} : (tensor<f32>) -> tensor<f32>
    %e = etch.exp %s {name = "e"} : (tensor<f32>) -> tensor<f32>
    %y = etch.mul %e, %w {name = "y"} : (tensor<f32>, tensor<f32>) -> tensor<f32>
    return %y : tensor<f32>
  })";

class Differentiate : public testing::Test {
 protected:
  Differentiate() {
    context_.loadDialect<ir::EtchDialect, mlir::func::FuncDialect>();
    module_ = mlir::parseSourceString<mlir::ModuleOp>(kProgram, &context_);
    main_ = module_->lookupSymbol<mlir::func::FuncOp>("main");
    builder_.setInsertionPoint(main_.front().getTerminator());
    seed_ = ir::Emitter(builder_, main_.getLoc()).like(named("y"), 1);
  }

  Value x() { return main_.getArgument(0); }
  Value w() { return main_.getArgument(1); }
  Value other() { return main_.getArgument(2); }

  Value named(llvm::StringRef name) {
    Value found;
    main_.walk([&](mlir::Operation* op) {
      auto attr = op->getAttrOfType<mlir::StringAttr>("name");
      if (attr && attr.getValue() == name) found = op->getResult(0);
    });
    return found;
  }

  std::string nameOf(Value value) {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value))
      return std::array{"x", "w", "other"}[argument.getArgNumber()];
    auto attr = value.getDefiningOp()->getAttrOfType<mlir::StringAttr>("name");
    return attr ? attr.str() : "?";
  }

  llvm::SmallVector<Value> gradients(llvm::ArrayRef<Value> inputs, GradientHooks* hooks = nullptr) {
    Value y = named("y");
    auto result = differentiate(
        builder_, {.outputs = y, .cotangents = seed_, .inputs = inputs, .hooks = hooks});
    EXPECT_TRUE(succeeded(result));
    EXPECT_TRUE(succeeded(mlir::verify(*module_)));
    return succeeded(result) ? *result : llvm::SmallVector<Value>();
  }

  int64_t numOps() { return std::distance(main_.front().begin(), main_.front().end()); }

  mlir::MLIRContext context_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
  mlir::func::FuncOp main_;
  mlir::OpBuilder builder_{&context_};
  Value seed_;
};

TEST_F(Differentiate, AnInputThatNothingDependsOnGetsNull) {
  auto result = gradients({x(), other()});
  ASSERT_EQ(result.size(), 2u);
  EXPECT_TRUE(result[0]);
  EXPECT_FALSE(result[1]);
}

TEST_F(Differentiate, AnOutputAsInputGetsItsCotangent) {
  auto result = gradients({named("y")});
  ASSERT_EQ(result.size(), 1u);
  EXPECT_EQ(result[0], seed_);
}

TEST_F(Differentiate, BuildsNothingForFrozenOperands) {
  int64_t before = numOps();
  gradients({w()});
  EXPECT_EQ(numOps(), before + 1);  // dw = dy * e
}

TEST_F(Differentiate, AnIntermediateValueCanBeAnInputBesideItsAncestor) {
  auto result = gradients({named("e"), x()});
  ASSERT_EQ(result.size(), 2u);
  auto de = result[0].getDefiningOp<ir::MulOp>();  // de = dy * w
  ASSERT_TRUE(de);
  EXPECT_EQ(de.getRhs(), w());
  EXPECT_TRUE(result[1]);
}

// Calls a function with each complete cotangent.
class OnCompletion : public GradientHooks {
 public:
  explicit OnCompletion(std::function<Value(Value value, Value cotangent)> fn)
      : fn_(std::move(fn)) {}
  mlir::FailureOr<Value> completed(Value value, Value cotangent) override {
    return fn_(value, cotangent);
  }

 private:
  std::function<Value(Value, Value)> fn_;
};

// A value that no op computes is complete after its last use, not at the end.
TEST_F(Differentiate, HooksSeeEachActiveValueOnceFromTheOutputBackwards) {
  std::vector<std::string> seen;
  OnCompletion hook([&](Value value, Value cotangent) {
    seen.push_back(nameOf(value));
    return cotangent;
  });
  gradients({w(), x()}, &hook);
  EXPECT_THAT(seen, ElementsAre("y", "w", "e", "s", "x"));
}

TEST_F(Differentiate, HooksDoNotSeeFrozenValues) {
  std::vector<std::string> seen;
  OnCompletion hook([&](Value value, Value cotangent) {
    seen.push_back(nameOf(value));
    return cotangent;
  });
  gradients({w()}, &hook);
  EXPECT_THAT(seen, ElementsAre("y", "w"));
}

TEST_F(Differentiate, WhatAHookReturnsFlowsOn) {
  Value replaced;
  OnCompletion hook([&](Value value, Value dy) {
    if (nameOf(value) != "e") return dy;
    replaced = ir::Emitter(builder_, value.getLoc()).neg(dy);
    return replaced;
  });
  auto result = gradients({named("e"), x()}, &hook);
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[0], replaced);
  // ds = replaced * e
  bool used = false;
  for (mlir::Operation* user : replaced.getUsers()) used |= llvm::isa<ir::MulOp>(user);
  EXPECT_TRUE(used);
}

TEST_F(Differentiate, AHookSeesTheSumOfAllUses) {
  // z = y + sin(s): s is used by e and by z.
  ir::Emitter emit(builder_, main_.getLoc());
  Value z = emit.add(named("y"), emit.make<ir::SinOp>(named("s")));
  Value s = named("s"), cotangent;
  int calls = 0;
  OnCompletion hook([&](Value value, Value dy) {
    if (value == s) cotangent = dy, ++calls;
    return dy;
  });
  auto result =
      differentiate(builder_, {.outputs = z, .cotangents = seed_, .inputs = s, .hooks = &hook});
  ASSERT_TRUE(succeeded(result));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ((*result)[0], cotangent);
  EXPECT_TRUE(cotangent.getDefiningOp<ir::AddOp>());
}

// Two results that one op returns: one is used, and both operands' cotangents meet at the op.
TEST_F(Differentiate, HooksOfAnOpSeeItsCotangentsTogether) {
  struct AroundBoundary : GradientHooks {
    mlir::LogicalResult enter(mlir::Operation* op, llvm::SmallVector<Value>& dy) override {
      if (llvm::isa<ir::BoundaryOp>(op)) arrived = dy;
      return mlir::success();
    }
    mlir::LogicalResult leave(mlir::Operation* op, llvm::SmallVector<Value>& dx,
                              llvm::ArrayRef<Value> dy) override {
      if (!llvm::isa<ir::BoundaryOp>(op)) return mlir::success();
      given = dx;
      dx[1] = dy[0];
      return mlir::success();
    }
    llvm::SmallVector<Value> arrived, given;
  } hooks;
  llvm::SmallVector<Value> operands{x(), w(), other()};
  auto boundary = ir::BoundaryOp::create(builder_, main_.getLoc(), operands);
  Value y = ir::Emitter(builder_, main_.getLoc()).neg(boundary.getResult(0));
  auto result = differentiate(
      builder_,
      {.outputs = y, .cotangents = seed_, .inputs = {operands[0], operands[1]}, .hooks = &hooks});
  ASSERT_TRUE(succeeded(result));
  ASSERT_EQ(hooks.arrived.size(), 3u);
  EXPECT_TRUE(hooks.arrived[0]);
  EXPECT_FALSE(hooks.arrived[1]);  // nothing came
  ASSERT_EQ(hooks.given.size(), 3u);
  EXPECT_EQ(hooks.given[0], hooks.arrived[0]);
  EXPECT_TRUE(hooks.given[1].getDefiningOp<ir::ConstantOp>());  // zeros
  EXPECT_FALSE(hooks.given[2]);                                 // frozen
  EXPECT_EQ((*result)[1], hooks.arrived[0]);                    // replaced
}

TEST_F(Differentiate, AHookThatFailsEndsTheWalk) {
  struct Refuse : GradientHooks {
    mlir::LogicalResult enter(mlir::Operation*, llvm::SmallVector<Value>&) override {
      ++calls;
      return mlir::failure();
    }
    int calls = 0;
  } hooks;
  Value y = named("y"), x = this->x();
  EXPECT_TRUE(failed(
      differentiate(builder_, {.outputs = y, .cotangents = seed_, .inputs = x, .hooks = &hooks})));
  EXPECT_EQ(hooks.calls, 1);
}

TEST_F(Differentiate, TheBackwardGraphCanBeDifferentiatedAgain) {
  auto first = gradients({x()});
  ASSERT_TRUE(first[0]);
  Value dx = first[0];
  Value x = this->x();
  auto second = differentiate(builder_, {.outputs = dx, .cotangents = seed_, .inputs = x});
  ASSERT_TRUE(succeeded(second));
  EXPECT_TRUE((*second)[0]);
  EXPECT_TRUE(succeeded(mlir::verify(*module_)));
}

TEST_F(Differentiate, ADeepGraphNeedsNoDeepStack) {
  ir::Emitter emit(builder_, main_.getLoc());
  Value value = x();
  for (int i = 0; i < 100000; ++i) value = emit.neg(value);
  Value x = this->x();
  auto result = differentiate(builder_, {.outputs = value, .cotangents = seed_, .inputs = x});
  ASSERT_TRUE(succeeded(result));
  EXPECT_TRUE((*result)[0]);
}

}  // namespace
}  // namespace etch::passes
