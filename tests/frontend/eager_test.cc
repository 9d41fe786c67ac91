// Eager-looking code: deferred tensors, what a flush computes, and the cache of programs.
#include <thread>

#include "etch/frontend/ops.h"
#include "etch/frontend/statistics.h"
#include "testing.h"

namespace etch {
namespace {

using testing::buffer;
using testing::error_of;
using ::testing::HasSubstr;
using testing::mat;
using testing::Near;
using testing::parameter;
using testing::vec;

TEST(Eager, ReadingComputes) {
  Tensor y = exp(vec({0, 1})) + 1;
  EXPECT_THAT(y, Near({2, 3.7182818f}));
}

TEST(Eager, OneFlushComputesAllHandles) {
  Tensor x = vec({1, 2}), y = x * 2, z = y + x;
  int64_t before = frontend::statistics().evaluations;
  EXPECT_THAT(z, Near({3, 6}));
  EXPECT_THAT(y, Near({2, 4}));
  EXPECT_EQ(frontend::statistics().evaluations, before + 1);
}

TEST(Eager, AValueReadTwiceIsComputedOnce) {
  Tensor y = vec({1, 2}) * 3;
  y.to_vector<float>();
  int64_t before = frontend::statistics().evaluations;
  y.to_vector<float>();
  EXPECT_EQ(frontend::statistics().evaluations, before);
}

TEST(Eager, CodeOfTheSameStructureCompilesOnce) {
  auto run = [](float a) { return (tanh(vec({a, 2}) * 3) - 1).to_vector<float>(); };
  run(1);
  int64_t before = frontend::statistics().compilations;
  run(2);
  run(3);
  EXPECT_EQ(frontend::statistics().compilations, before);
}

TEST(Eager, AnotherHostNumberDoesNotCompileAgain) {
  Tensor x = vec({1, 2});
  auto run = [&](double rate) { return x - rate * square(x); };
  EXPECT_THAT(run(0.1), Near({0.9f, 1.6f}));
  int64_t before = frontend::statistics().compilations;
  EXPECT_THAT(run(0.5), Near({0.5f, 0}));
  EXPECT_THAT(run(0.25), Near({0.75f, 1}));
  EXPECT_EQ(frontend::statistics().compilations, before);
}

TEST(Eager, DifferentAttributesAreDifferentPrograms) {
  Tensor x = mat(2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(sum(x, {0}), Near({5, 7, 9}));
  EXPECT_THAT(sum(x, {1}), Near({6, 15}));
  EXPECT_THAT(transpose(x, 0, 1), Near({1, 4, 2, 5, 3, 6}));
}

// Structure alone decides: operands in another order are another program.
TEST(Eager, OperandsInAnotherOrderAreAnotherProgram) {
  Tensor a = vec({1}), b = vec({3});
  EXPECT_THAT(sub(a, b), Near({-2}));
  EXPECT_THAT(sub(b, a), Near({2}));
  EXPECT_THAT(sub(a, a), Near({0}));
}

TEST(Eager, TemporariesThatDiedAreNotMaterialized) {
  Tensor y;
  {
    Tensor dead = exp(vec({1, 2}));
    y = tanh(vec({0}));
  }
  y.to_vector<float>();
  EXPECT_EQ(frontend::statistics().last_results, 1);
}

TEST(Eager, ConstantsNeedNoProgram) {
  int64_t before = frontend::statistics().compilations;
  EXPECT_THAT(full({3}, 2.5), Near({2.5f, 2.5f, 2.5f}));
  EXPECT_EQ(ones({2}, boolean).to_vector<bool>(), (std::vector<bool>{true, true}));
  EXPECT_EQ(frontend::statistics().compilations, before);
}

TEST(Eager, ComputedAlsoWhenNothingWasDone) {
  Tensor x = vec({1, 2});
  EXPECT_THAT(x.detach(), Near({1, 2}));
  EXPECT_THAT(reshape(x, {2, 1}).detach(), Near({1, 2}));
}

TEST(Eager, CellsReadWhatWasAssigned) {
  Tensor mean = buffer(zeros({2}), "mean");
  mean.assign(0.9 * mean + 0.1 * vec({10, 20}));
  Tensor y = mean * 2;
  EXPECT_THAT(mean, Near({1, 2}));
  EXPECT_THAT(y, Near({2, 4}));
  mean.assign(mean + 1);
  EXPECT_THAT(mean, Near({2, 3}));
  EXPECT_THAT(y, Near({2, 4}));
}

TEST(Eager, CellsCanBeSwapped) {
  Tensor a = buffer(vec({1}), "a"), b = buffer(vec({2}), "b");
  Tensor old = a.detach();
  a.assign(b);
  b.assign(old);
  EXPECT_THAT(a, Near({2}));
  EXPECT_THAT(b, Near({1}));
  a.assign(a + 10);
  EXPECT_THAT(a, Near({12}));
  EXPECT_THAT(b, Near({1}));
}

// A result takes over the buffer of a cell that nobody else looks at.
TEST(Eager, CellsAreUpdatedInPlace) {
  Tensor cell = buffer(vec({1, 2, 3}), "cell");
  cell.assign(cell + 1);
  const void* data = cell.view().data;
  cell.assign(cell + 1);
  EXPECT_THAT(cell, Near({3, 4, 5}));
  EXPECT_EQ(cell.view().data, data);
}

TEST(Eager, AnotherHolderOfTheValueKeepsIt) {
  Tensor cell = buffer(vec({1, 2}), "cell");
  Tensor before = cell.detach();
  eval(before);
  cell.assign(cell * 10);
  EXPECT_THAT(cell, Near({10, 20}));
  EXPECT_THAT(before, Near({1, 2}));
}

TEST(Eager, PlainTensorsCanBeAssigned) {
  Tensor x = vec({1, 2}), alias = x;
  x.assign(x * 2);
  EXPECT_THAT(alias, Near({2, 4}));
}

TEST(Eager, ModulesThatDifferInNamesShareAProgram) {
  auto run = [](const std::string& path) {
    Tensor cell = buffer(vec({1, 2, 3, 4, 5}), path);
    cell.assign(tanh(cell) * 2);
    cell.to_vector<float>();
  };
  run("first");
  int64_t before = frontend::statistics().compilations;
  run("second");
  EXPECT_EQ(frontend::statistics().compilations, before);
}

// The loop of a tutorial that never reads its loss: the next step begins where an updated parameter
// is read with gradients on.
TEST(Eager, ATrainingLoopIsOneProgramPerIteration) {
  Tensor w = parameter(vec({1, 2, 3}), "w");
  Tensor x = vec({1, 1, 1});
  auto iteration = [&] {
    w.set_grad(Tensor());
    Tensor loss = sum(square(w * x));
    loss.backward();
    no_grad guard;
    w.assign(w - 0.1 * w.grad());
  };
  for (int i = 0; i < 3; ++i) iteration();
  auto before = frontend::statistics();
  for (int i = 0; i < 5; ++i) iteration();
  auto after = frontend::statistics();
  EXPECT_EQ(after.compilations, before.compilations);
  EXPECT_EQ(after.evaluations, before.evaluations + 5);
  float factor = std::pow(0.8f, 8.f);
  EXPECT_THAT(w, Near({factor, 2 * factor, 3 * factor}));
}

TEST(Eager, EvaluatedTensorsCrossThreads) {
  Tensor x = vec({1, 2}) * 2;
  eval(x);
  std::vector<float> seen;
  std::thread([&] { seen = (x + 1).to_vector<float>(); }).join();
  EXPECT_EQ(seen, (std::vector<float>{3, 5}));
}

TEST(Eager, DeferredTensorsOfAnotherThreadAreRefused) {
  Tensor x = vec({1, 2}) * 2;
  std::string message;
  std::thread([&] { message = error_of([&] { x + 1; }); }).join();
  EXPECT_THAT(message, HasSubstr("still to be computed by another thread; call etch::eval there"));
}

TEST(Eager, AFailedEvaluationChangesNothing) {
  Tensor cell = buffer(vec({1}), "cell"), w = parameter(vec({2}), "w");
  Tensor y = vec({1}) * 2;
  cell.assign(cell + 1);
  sum(w * w).backward();
  Tensor huge = full({int64_t{1} << 40, 1 << 16}, 1);
  std::string text = error_of([&] { y.item<float>(); });
  EXPECT_THAT(text, HasSubstr("item: the evaluation failed: no memory for a buffer of"));
  EXPECT_THAT(cell, Near({1}));
  EXPECT_FALSE(w.grad().defined());
  EXPECT_THAT(error_of([&] { y + 1; }),
              HasSubstr("add: this tensor was lost when its evaluation failed: no memory"));
  EXPECT_THAT(vec({1}) * 2, Near({2}));
}

TEST(Eager, EvalRunsEverythingPending) {
  Tensor cell = buffer(vec({1}), "cell");
  cell.assign(cell + 1);
  eval();
  int64_t before = frontend::statistics().evaluations;
  EXPECT_THAT(cell, Near({2}));
  EXPECT_EQ(frontend::statistics().evaluations, before);
}

}  // namespace
}  // namespace etch
