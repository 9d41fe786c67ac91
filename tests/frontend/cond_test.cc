// etch::cond: one of two branches, chosen when the program runs.
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

TEST(Cond, ChoosesAtRunTime) {
  Tensor scale = buffer(vec({10, 100}), "scale");
  auto f = compile([&](Tensor x) {
    Tensor doubled = x * 2;
    return cond(
        sum(x) > 0, [&] { return doubled * scale; }, [&] { return x - 1; });
  });
  EXPECT_THAT(f(vec({1, 2})), Near({20, 400}));
  EXPECT_THAT(f(vec({-1, -2})), Near({-2, -3}));
  EXPECT_EQ(f.num_compilations(), 1);
}

TEST(Cond, WorksInEagerLookingCode) {
  Tensor x = vec({3});
  EXPECT_THAT(cond(
                  x > 0, [&] { return x; }, [&] { return -x; }),
              Near({3}));
  EXPECT_THAT(cond(
                  x < 0, [&] { return x; }, [&] { return -x; }),
              Near({-3}));
}

TEST(Cond, ReturnsNests) {
  Tensor x = vec({3});
  auto [a, b] = cond(
      x > 0, [&] { return std::pair(x, x + 1); }, [&] { return std::pair(-x, x); });
  EXPECT_THAT(a, Near({3}));
  EXPECT_THAT(b, Near({4}));
}

TEST(Cond, GradientsFollowTheChosenBranch) {
  Tensor w = parameter(vec({3}), "w");
  auto step = compile([&](Tensor x) {
    w.set_grad(Tensor());
    Tensor y = cond(
        x > 0, [&] { return w * w * x; }, [&] { return w * x; });
    EXPECT_TRUE(y.requires_grad());
    sum(y).backward();
  });
  step(vec({2}));
  EXPECT_THAT(w.grad(), Near({12}));
  step(vec({-2}));
  EXPECT_THAT(w.grad(), Near({-2}));
}

TEST(Cond, Nests) {
  auto f = compile([](Tensor x) {
    return cond(
        x > 0,
        [&] {
          return cond(
              x > 10, [&] { return x * 100; }, [&] { return x * 10; });
        },
        [&] { return x; });
  });
  EXPECT_THAT(f(vec({20})), Near({2000}));
  EXPECT_THAT(f(vec({2})), Near({20}));
  EXPECT_THAT(f(vec({-2})), Near({-2}));
}

TEST(Cond, MisuseIsTold) {
  Tensor x = vec({1}), cell = buffer(vec({1}), "cell");
  EXPECT_THAT(error_of([&] {
                cond(
                    x > 0, [&] { return x; },
                    [&] {
                      return cat({x, x});
                    });
              }),
              HasSubstr("cond: result 0 is f32 [1] in one branch and f32 [2] in the other"));
  EXPECT_THAT(error_of([&] {
                cond(
                    cat({x, x}) > 0, [&] { return x; }, [&] { return x; });
              }),
              HasSubstr("cond: the predicate has shape [2], not one element"));
  EXPECT_THAT(error_of([&] {
                cond(
                    x > 0,
                    [&] {
                      cell.assign(x);
                      return x;
                    },
                    [&] { return x; });
              }),
              HasSubstr("assign: a branch of etch::cond cannot write state"));
  EXPECT_THAT(error_of([&] {
                cond(
                    x > 0,
                    [&] {
                      x.item<float>();
                      return x;
                    },
                    [&] { return x; });
              }),
              HasSubstr("is not known while etch::compile or etch::trace records"));
  EXPECT_THAT(cell, Near({1}));
}

}  // namespace
}  // namespace etch
