// Random numbers: state cells, seeds, and the mapping of runtime/philox.h.
#include <cmath>

#include "etch/frontend/compile.h"
#include "etch/frontend/ops.h"
#include "etch/runtime/philox.h"
#include "testing.h"

namespace etch {
namespace {

using testing::floats;
using testing::Near;

TEST(Random, DrawsFollowThePhiloxMapping) {
  manual_seed(0);
  Tensor state = frontend::make_random_state("rng.test");
  uint64_t key = static_cast<uint64_t>(state.to_vector<int64_t>()[0]);
  EXPECT_EQ(key, runtime::derive_key(0, "rng.test"));
  Tensor a = rand_from(state, {2, 3}), b = rand_from(state, {2});
  std::vector<float> expected;
  for (uint64_t i = 0; i < 8; ++i) expected.push_back(runtime::random_uniform(key, i));
  EXPECT_EQ(floats(a), std::vector<float>(expected.begin(), expected.begin() + 6));
  EXPECT_EQ(floats(b), std::vector<float>(expected.begin() + 6, expected.end()));
  EXPECT_EQ(state.to_vector<int64_t>()[1], 8);
}

TEST(Random, NormalDrawsFollowTheMapping) {
  manual_seed(7);
  uint64_t key = runtime::derive_key(7, "rng.default");
  std::vector<float> drawn = floats(randn({4}));
  for (uint64_t i = 0; i < 4; ++i)
    EXPECT_NEAR(drawn[i], runtime::random_normal(key, 2 * i), 1e-5) << i;
}

TEST(Random, SeedsRepeat) {
  manual_seed(3);
  std::vector<float> first = floats(rand({5}));
  std::vector<float> second = floats(rand({5}));
  EXPECT_NE(first, second);
  manual_seed(3);
  EXPECT_EQ(floats(rand({5})), first);
  manual_seed(4);
  EXPECT_NE(floats(rand({5})), first);
}

TEST(Random, ReadingInBetweenChangesNothing) {
  manual_seed(3);
  Tensor a = rand({3}), b = rand({3});
  std::vector<float> together = floats(b);
  manual_seed(3);
  floats(rand({3}));
  EXPECT_EQ(floats(rand({3})), together);
}

// Which of two draws in an expression comes first is the compiler's choice; the numbers are not.
TEST(Random, DrawsAreNumberedByTheResultsNotByTheOrderOfCalls) {
  auto drawn = [](bool left_first) {
    manual_seed(5);
    Tensor a, b;
    if (left_first) a = rand({2}), b = rand({3});
    if (!left_first) b = rand({3}), a = rand({2});
    Tensor both = cat({a, b});
    a = b = Tensor();
    return floats(both);
  };
  EXPECT_EQ(drawn(true), drawn(false));
}

TEST(Random, CompiledDrawsAdvanceTheState) {
  Tensor state = frontend::make_random_state("rng.drop");
  auto draw = compile([&] { return rand_from(state, {3}); });
  Tensor first = draw(), second = draw();
  EXPECT_NE(floats(first), floats(second));
  EXPECT_EQ(state.to_vector<int64_t>()[1], 6);
  EXPECT_EQ(draw.num_compilations(), 1);
}

TEST(Random, RandintCoversItsRange) {
  manual_seed(1);
  std::vector<int64_t> drawn = randint(-2, 3, {500}).to_vector<int64_t>();
  std::vector<int> count(5);
  for (int64_t value : drawn) ++count.at(value + 2);
  for (int n : count) EXPECT_GT(n, 50);
}

TEST(Random, MomentsOfRandn) {
  manual_seed(1);
  std::vector<float> drawn = floats(randn({10000}));
  double mean = 0, square = 0;
  for (float x : drawn) mean += x / 10000, square += x * x / 10000;
  EXPECT_NEAR(mean, 0, 0.03);
  EXPECT_NEAR(square, 1, 0.05);
}

TEST(Random, DropoutScalesWhatItKeeps) {
  Tensor state = frontend::make_random_state("rng.drop");
  std::vector<float> y = floats(dropout(ones({1000}), 0.25, state));
  int kept = 0;
  for (float value : y) {
    EXPECT_TRUE(value == 0 || std::abs(value - 1 / 0.75f) < 1e-6) << value;
    kept += value != 0;
  }
  EXPECT_NEAR(kept, 750, 60);
  Tensor x = ones({4});
  EXPECT_TRUE(dropout(x, 0, state).is_same(x));
  EXPECT_THAT(dropout(x, 1, state), Near({0, 0, 0, 0}));
}

}  // namespace
}  // namespace etch
