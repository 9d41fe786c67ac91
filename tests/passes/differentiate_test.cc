// passes::differentiate as the frontend calls it: intermediate values, hooks, what it appends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "etch/ir/build.h"
#include "etch/passes/autodiff.h"

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

  llvm::SmallVector<Value> gradients(llvm::ArrayRef<Value> inputs, CotangentHook hook = nullptr) {
    Value y = named("y");
    auto result = differentiate(
        builder_, {.outputs = y, .cotangents = seed_, .inputs = inputs, .hook = std::move(hook)});
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

TEST_F(Differentiate, HooksSeeEachActiveValueOnceFromTheOutputBackwards) {
  std::vector<std::string> seen;
  gradients({w(), x()}, [&](mlir::OpBuilder&, Value value, Value cotangent) {
    seen.push_back(nameOf(value));
    return cotangent;
  });
  EXPECT_THAT(seen, ElementsAre("y", "e", "s", "w", "x"));
}

TEST_F(Differentiate, HooksDoNotSeeFrozenValues) {
  std::vector<std::string> seen;
  gradients({w()}, [&](mlir::OpBuilder&, Value value, Value cotangent) {
    seen.push_back(nameOf(value));
    return cotangent;
  });
  EXPECT_THAT(seen, ElementsAre("y", "w"));
}

TEST_F(Differentiate, WhatAHookReturnsFlowsOn) {
  Value replaced;
  auto result = gradients({named("e"), x()}, [&](mlir::OpBuilder& builder, Value value, Value dy) {
    if (nameOf(value) != "e") return dy;
    replaced = ir::Emitter(builder, value.getLoc()).neg(dy);
    return replaced;
  });
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
  auto result = differentiate(builder_, {.outputs = z,
                                         .cotangents = seed_,
                                         .inputs = s,
                                         .hook = [&](mlir::OpBuilder&, Value value, Value dy) {
                                           if (value == s) cotangent = dy, ++calls;
                                           return dy;
                                         }});
  ASSERT_TRUE(succeeded(result));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ((*result)[0], cotangent);
  EXPECT_TRUE(cotangent.getDefiningOp<ir::AddOp>());
}

TEST_F(Differentiate, TheBackwardGraphCanBeDifferentiatedAgain) {
  auto first = gradients({x()});
  ASSERT_TRUE(first[0]);
  Value dx = first[0];
  Value x = this->x();
  auto second =
      differentiate(builder_, {.outputs = dx, .cotangents = seed_, .inputs = x, .hook = nullptr});
  ASSERT_TRUE(succeeded(second));
  EXPECT_TRUE((*second)[0]);
  EXPECT_TRUE(succeeded(mlir::verify(*module_)));
}

TEST_F(Differentiate, ADeepGraphNeedsNoDeepStack) {
  ir::Emitter emit(builder_, main_.getLoc());
  Value value = x();
  for (int i = 0; i < 100000; ++i) value = emit.neg(value);
  Value x = this->x();
  auto result = differentiate(
      builder_, {.outputs = value, .cotangents = seed_, .inputs = x, .hook = nullptr});
  ASSERT_TRUE(succeeded(result));
  EXPECT_TRUE((*result)[0]);
}

}  // namespace
}  // namespace etch::passes
