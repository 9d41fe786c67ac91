// Module paths in locations.
#include "etch/ir/program.h"

#include <gtest/gtest.h>

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

namespace etch::ir {
namespace {

class ModulePath : public testing::Test {
 protected:
  mlir::Location at(const char* path) { return makeLocation(&context_, path, "model.cc", 7); }
  mlir::Location fused(std::initializer_list<mlir::Location> parts) {
    return mlir::FusedLoc::get(&context_, llvm::SmallVector<mlir::Location>(parts));
  }
  mlir::MLIRContext context_;
};

TEST_F(ModulePath, ComesBackFromALocation) {
  EXPECT_EQ(modulePath(at("h.0.attn")), "h.0.attn");
  EXPECT_EQ(modulePath(at("")), "");
}

TEST_F(ModulePath, IsEmptyWhereNobodyGaveOne) {
  EXPECT_EQ(modulePath(mlir::UnknownLoc::get(&context_)), "");
  EXPECT_EQ(modulePath(mlir::FileLineColLoc::get(&context_, "model.cc", 7, 0)), "");
}

TEST_F(ModulePath, OfAFusedLocationIsWhatItsPartsShare) {
  EXPECT_EQ(modulePath(fused({at("h.0.attn.q"), at("h.0.attn.k")})), "h.0.attn");
  EXPECT_EQ(modulePath(fused({at("h.0.attn"), at("h.0.mlp"), at("h.0")})), "h.0");
  EXPECT_EQ(modulePath(fused({at("wte"), at("head")})), "");
}

TEST_F(ModulePath, InnermostOfAFusedLocationIsTheFirstOfTheDeepest) {
  auto unknown = mlir::UnknownLoc::get(&context_);
  EXPECT_EQ(innermostLocation(at("h.0.attn")), at("h.0.attn"));
  EXPECT_EQ(innermostLocation(fused({unknown, at("")})), at(""));
  EXPECT_EQ(innermostLocation(fused({at(""), at("fc1"), at("fc2")})), at("fc1"));
  EXPECT_EQ(innermostLocation(fused({at("h.0"), fused({at("h.0.mlp.fc"), at("h.0.ln_2")})})),
            at("h.0.mlp.fc"));
  EXPECT_EQ(innermostLocation(unknown), unknown);
}

TEST_F(ModulePath, SharesWholeNamesOnly) {
  EXPECT_EQ(modulePath(fused({at("h.1"), at("h.10")})), "h");
  EXPECT_EQ(modulePath(fused({at("fc1"), at("fc2")})), "");
}

TEST_F(ModulePath, IgnoresPartsWithoutAPath) {
  mlir::Location unknown = mlir::UnknownLoc::get(&context_);
  EXPECT_EQ(modulePath(fused({unknown, at("h.0.attn"), unknown})), "h.0.attn");
}

TEST_F(ModulePath, LooksIntoNestedFusedLocations) {
  mlir::Location inner = fused({at("h.0.attn.q"), at("h.0.attn.k")});
  EXPECT_EQ(modulePath(fused({inner, at("h.0.mlp")})), "h.0");
}

}  // namespace
}  // namespace etch::ir
