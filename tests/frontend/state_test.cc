// State cells: making them, also inside a trace.
#include "etch/frontend/compile.h"
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::buffer;
using testing::error_of;
using ::testing::HasSubstr;
using testing::Near;
using testing::parameter;
using testing::vec;

TEST(State, CellsHavePathAndKind) {
  Tensor cell = frontend::make_cell(vec({1}), CellKind::kOptimizer, "optim.m");
  EXPECT_TRUE(cell.is_cell());
  EXPECT_EQ(cell.path(), "optim.m");
  EXPECT_EQ(frontend::cell_kind(cell), CellKind::kOptimizer);
  frontend::set_cell_path(cell, "optim.exp_avg.w");
  EXPECT_EQ(cell.path(), "optim.exp_avg.w");
  EXPECT_FALSE(vec({1}).is_cell());
  EXPECT_EQ(vec({1}).path(), "");
}

TEST(State, CellsAreMadeOfDeferredValues) {
  Tensor cell = buffer(vec({1}) + 1, "cell");
  EXPECT_THAT(cell, Near({2}));
}

TEST(State, ACellDoesNotFollowTheTensorItWasMadeOf) {
  Tensor x = vec({1});
  Tensor cell = buffer(x, "cell");
  cell.assign(cell + 1);
  EXPECT_THAT(x, Near({1}));
  EXPECT_THAT(cell, Near({2}));
}

// As an optimizer makes its slots in its first step.
TEST(State, CellsMadeInsideATraceStartFromConstants) {
  Tensor w = parameter(vec({1, 2}), "w");
  Tensor slot;
  auto step = compile([&](Tensor x) {
    if (!slot.defined()) slot = buffer(zeros_like(w) + 1, "slot");
    slot.assign(slot + x);
    return slot * 2;
  });
  EXPECT_THAT(step(vec({1, 1})), Near({4, 4}));
  EXPECT_THAT(step(vec({1, 1})), Near({6, 6}));
  EXPECT_THAT(slot, Near({3, 3}));
  EXPECT_EQ(step.num_compilations(), 1);
}

TEST(State, CellsMadeInsideATraceCannotStartFromArguments) {
  auto step = compile([&](Tensor x) { return buffer(x * 2, "slot"); });
  EXPECT_THAT(
      error_of([&] { step(vec({1})); }),
      HasSubstr("make_cell: the initial value depends on an argument of the traced function"));
}

TEST(State, ResetCellChangesTheType) {
  Tensor cell = buffer(vec({1, 2}), "cell");
  cell.assign(cell + 1);
  frontend::reset_cell(cell, cast(cell, f64));
  EXPECT_EQ(cell.dtype(), f64);
  EXPECT_THAT(cell, Near({2, 3}));
}

TEST(State, ModuleScopesNest) {
  EXPECT_EQ(frontend::ModuleScope::current_path(), "");
  frontend::ModuleScope outer("h.0");
  {
    frontend::ModuleScope inner("attn");
    EXPECT_EQ(frontend::ModuleScope::current_path(), "h.0.attn");
  }
  EXPECT_EQ(frontend::ModuleScope::current_path(), "h.0");
}

}  // namespace
}  // namespace etch
