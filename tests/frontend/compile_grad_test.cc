// Gradients inside etch::compile: forward, backward and update as one program.
#include "etch/frontend/autograd.h"
#include "etch/frontend/compile.h"
#include "etch/frontend/ops.h"
#include "testing.h"

namespace etch {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::mat;
using testing::Near;
using ::testing::Not;
using testing::parameter;
using testing::vec;

TEST(CompileGrad, TrainingStep) {
  Tensor w = parameter(vec({1, 2}), "w");
  auto step = compile([&](Tensor x, Tensor target) {
    w.set_grad(Tensor());
    Tensor loss = sum(square(w * x - target));
    loss.backward();
    no_grad guard;
    w.assign(w - 0.1 * w.grad());
    return loss;
  });
  EXPECT_THAT(step(vec({1, 1}), vec({0, 0})), Near({5}));
  EXPECT_THAT(w, Near({0.8f, 1.6f}));
  EXPECT_THAT(w.grad(), Near({2, 4}));
  EXPECT_THAT(step(vec({1, 1}), vec({0, 0})), Near({3.2f}));
  EXPECT_THAT(w.grad(), Near({1.6f, 3.2f}));
  EXPECT_EQ(step.num_compilations(), 1);
}

TEST(CompileGrad, GradAccumulatesAcrossCalls) {
  Tensor w = parameter(vec({1}), "w");
  auto step = compile([&](Tensor x) { sum(w * x).backward(); });
  step(vec({2}));
  EXPECT_THAT(w.grad(), Near({2}));
  step(vec({3}));
  EXPECT_THAT(w.grad(), Near({5}));
  step(vec({4}));
  EXPECT_THAT(w.grad(), Near({9}));
  EXPECT_EQ(step.num_compilations(), 2);
  EXPECT_THAT(step.explain(), HasSubstr("w.grad was empty and is set now"));
  w.set_grad(Tensor());
  step(vec({1}));
  EXPECT_THAT(w.grad(), Near({1}));
  EXPECT_EQ(step.num_compilations(), 2);
}

TEST(CompileGrad, ZeroGradAtTheTopIsNotAGuard) {
  Tensor w = parameter(vec({1}), "w");
  auto step = compile([&](Tensor x) {
    w.set_grad(Tensor());
    sum(w * x).backward();
  });
  step(vec({2}));
  step(vec({3}));
  w.set_grad(Tensor());
  step(vec({4}));
  EXPECT_THAT(w.grad(), Near({4}));
  EXPECT_EQ(step.num_compilations(), 1);
}

TEST(CompileGrad, EmptiedGradIsEmptyAfterTheCall) {
  Tensor w = parameter(vec({1}), "w");
  w.set_grad(vec({7}));
  auto clear = compile([&](Tensor x) {
    w.set_grad(Tensor());
    return x;
  });
  clear(vec({1}));
  EXPECT_FALSE(w.grad().defined());
}

TEST(CompileGrad, GradsAreReadAsInputs) {
  Tensor w = parameter(vec({1}), "w");
  w.set_grad(vec({7}));
  auto twice = compile([&](Tensor x) { return w.grad() * x; });
  EXPECT_THAT(twice(vec({2})), Near({14}));
  w.set_grad(vec({1}));
  EXPECT_THAT(twice(vec({2})), Near({2}));
  EXPECT_EQ(twice.num_compilations(), 1);
}

TEST(CompileGrad, FrozenParametersLeaveNoBackwardCode) {
  Tensor frozen = parameter(mat(2, 2, {1, 2, 3, 4}), "encoder"),
         head = parameter(vec({1, 1}), "head");
  frozen.requires_grad_(false);
  auto program = trace(
      [&](Tensor x) {
        Tensor loss = sum(matmul(x, frozen) * head);
        loss.backward();
        return loss;
      },
      {spec(f32, {2, 2})});
  std::string text = program.value().mlir_text();
  EXPECT_THAT(text, HasSubstr("{etch.kind = \"grad\", etch.path = \"head\"}"));
  EXPECT_THAT(text, Not(HasSubstr("etch.path = \"encoder\"})\n")));
  size_t first = text.find("etch.matmul");
  EXPECT_EQ(text.find("etch.matmul", first + 1), std::string::npos) << text;
}

TEST(CompileGrad, FreezingCompilesAgain) {
  Tensor w = parameter(vec({2}), "w"), v = parameter(vec({3}), "v");
  auto step = compile([&](Tensor x) {
    w.set_grad(Tensor());
    v.set_grad(Tensor());
    sum(w * v * x).backward();
  });
  step(vec({1}));
  EXPECT_THAT(w.grad(), Near({3}));
  w.requires_grad_(false);
  step(vec({1}));
  EXPECT_FALSE(w.grad().defined());
  EXPECT_THAT(v.grad(), Near({2}));
  EXPECT_THAT(step.explain(), HasSubstr("w.requires_grad changed from true to false"));
  w.requires_grad_(true);
  step(vec({1}));
  EXPECT_EQ(step.num_compilations(), 2);
}

TEST(CompileGrad, ArgumentsCollectGradients) {
  auto f = compile([](Tensor x) { sum(x * x).backward(); });
  Tensor x = vec({3}).requires_grad_();
  f(x);
  EXPECT_THAT(x.grad(), Near({6}));
  EXPECT_EQ(error_of([&] { f(vec({3})); }).substr(0, 54),
            "backward: element 0 of tensors does not require grad a");
}

TEST(CompileGrad, GradientsOfArgumentsAccumulate) {
  auto f = compile([](Tensor x) { sum(x * x).backward(); });
  Tensor x = vec({3}).requires_grad_(), y = vec({1}).requires_grad_();
  f(x);
  f(x);
  EXPECT_THAT(x.grad(), Near({12}));
  f(y);
  f(y);
  f(x);
  EXPECT_THAT(y.grad(), Near({4}));
  EXPECT_THAT(x.grad(), Near({18}));
  EXPECT_EQ(f.num_compilations(), 2);
  EXPECT_THAT(f.explain(), HasSubstr("argument 0.grad was empty and is set now"));
}

TEST(CompileGrad, TwoStepsInOneProgram) {
  Tensor w = parameter(vec({3}), "w");
  auto two = compile([&](Tensor x) {
    for (int i = 0; i < 2; ++i) {
      w.set_grad(Tensor());
      sum(w * w * w * x).backward();
      no_grad guard;
      w.assign(w - 0.1 * w.grad());
    }
  });
  two(vec({1}));
  EXPECT_THAT(w, Near({0.273f}));
}

TEST(CompileGrad, GradientsOfGradients) {
  auto f = compile([](Tensor x) {
    x.requires_grad_();
    Tensor g = autograd::grad({sum(x * x * x)}, {x}, {.create_graph = true})[0];
    return autograd::grad({sum(g)}, {x})[0];
  });
  EXPECT_THAT(f(vec({2})), Near({12}));
}

TEST(CompileGrad, ResultsDoNotRequireGrad) {
  Tensor w = parameter(vec({3}), "w");
  auto f = compile([&](Tensor x) { return w * x; });
  EXPECT_FALSE(f(vec({1})).requires_grad());
}

// Gradients are written where the last ones were.
TEST(CompileGrad, GradientStorageIsReused) {
  Tensor w = parameter(vec({1, 2}), "w");
  auto step = compile([&](Tensor x) {
    w.set_grad(Tensor());
    sum(w * x).backward();
  });
  step(vec({1, 1}));
  const void* data = w.grad().view().data;
  step(vec({2, 2}));
  EXPECT_EQ(w.grad().view().data, data);
  Tensor held = w.grad();
  step(vec({3, 3}));
  EXPECT_THAT(held, Near({2, 2}));
  EXPECT_THAT(w.grad(), Near({3, 3}));
}

}  // namespace
}  // namespace etch
