// Taps get values when they are computed.
#include "etch/frontend/tap.h"

#include "etch/frontend/compile.h"
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::buffer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Near;
using testing::vec;

TEST(Tap, ConcreteValuesAreDeliveredAtOnce) {
  double seen = 0;
  frontend::record_tap(vec({3, 4}), [&](TensorView view) { seen = view.norm(); });
  EXPECT_EQ(seen, 5);
}

TEST(Tap, DeferredValuesAreDeliveredByTheFlush) {
  std::vector<double> seen;
  Tensor y = vec({1}) + 1;
  frontend::record_tap("y", {y, y * 2}, [&](std::span<const TensorView> views) {
    for (const TensorView& view : views) seen.push_back(view.at(0));
  });
  EXPECT_TRUE(seen.empty());
  eval();
  EXPECT_THAT(seen, ElementsAre(2, 4));
  eval();
  EXPECT_THAT(seen, ElementsAre(2, 4));
}

TEST(Tap, CompiledFunctionsDeliverAfterEveryCall) {
  std::vector<double> seen;
  Tensor cell = buffer(vec({0}), "count");
  auto f = compile([&](Tensor x) {
    Tensor hidden = x * 10;
    frontend::record_tap("h.0", {hidden}, [&](std::span<const TensorView> views) {
      seen.push_back(views[0].at(0) + cell.item<float>());  // all state is written
    });
    cell.assign(cell + 1);
    return hidden + 1;
  });
  EXPECT_THAT(f(vec({1})), Near({11}));
  EXPECT_THAT(f(vec({2})), Near({21}));
  EXPECT_THAT(seen, ElementsAre(11, 22));
}

TEST(Tap, NamesTheOutputsOfAProgram) {
  auto program = trace(
      [](Tensor x) {
        frontend::record_tap("h.0.attn", {x * 2}, [](std::span<const TensorView>) {});
        return x;
      },
      {spec(f32, {1})});
  EXPECT_EQ(program->results().back().name, "tap0.h.0.attn");
}

TEST(Tap, MayComputeWithTensors) {
  float seen = 0;
  Tensor y = vec({1}) + 1;
  frontend::record_tap(y, [&](TensorView) { seen = (vec({2}) * 4).item<float>(); });
  eval();
  EXPECT_EQ(seen, 8);
}

}  // namespace
}  // namespace etch
