// etch::compile: specialization, state, and what explain() says.
#include "etch/frontend/compile.h"

#include "etch/frontend/ops.h"
#include "etch/runtime/executor.h"
#include "testing.h"

namespace etch {
namespace {

using testing::buffer;
using testing::error_of;
using ::testing::HasSubstr;
using testing::ints;
using testing::mat;
using testing::Near;
using testing::parameter;
using testing::vec;

TEST(Compile, RunsTheFunction) {
  auto f = compile([](Tensor x, Tensor y) { return exp(x) * y; });
  EXPECT_THAT(f(vec({0, 1}), vec({2, 1})), Near({2, 2.7182818f}));
  EXPECT_THAT(f(vec({1, 0}), vec({1, 3})), Near({2.7182818f, 3}));
  EXPECT_EQ(f.num_compilations(), 1);
}

TEST(Compile, TracesTheFunctionOnce) {
  int calls = 0;
  auto f = compile([&](Tensor x) {
    ++calls;
    return x + 1;
  });
  for (float i = 0; i < 5; ++i) EXPECT_THAT(f(vec({i})), Near({i + 1}));
  EXPECT_EQ(calls, 1);
}

TEST(Compile, TakesDeferredArguments) {
  auto f = compile([](Tensor x) { return x * 2; });
  EXPECT_THAT(f(vec({1}) + 2), Near({6}));
}

TEST(Compile, SpecializesByShapeAndDtype) {
  auto f = compile([](Tensor x) { return x * 2; }, {.name = "twice"});
  f(vec({1, 2}));
  f(vec({1, 2, 3}));
  f(ints({1, 2}));
  f(vec({5, 6}));
  EXPECT_EQ(f.num_compilations(), 3);
  EXPECT_THAT(f.explain(), HasSubstr("twice: compiled 3 times\n[0] (f32 [2]): first call\n"));
  EXPECT_THAT(f.explain(), HasSubstr("argument 0 changed from f32 [2] to f32 [3]"));
  EXPECT_THAT(f.explain(), HasSubstr("argument 0 changed from f32 [3] to i64 [2]"));
}

TEST(Compile, HostArgumentsAreStatic) {
  auto repeat = compile([](Tensor x, int times, const std::string& op) {
    for (int i = 0; i < times; ++i) x = op == "double" ? x * 2 : x + 1;
    return x;
  });
  EXPECT_THAT(repeat(vec({1}), 3, "double"), Near({8}));
  EXPECT_THAT(repeat(vec({1}), 5, "double"), Near({32}));
  EXPECT_THAT(repeat(vec({1}), 5, "increment"), Near({6}));
  EXPECT_THAT(repeat(vec({2}), 3, "double"), Near({16}));
  EXPECT_EQ(repeat.num_compilations(), 3);
  EXPECT_THAT(repeat.explain(),
              HasSubstr("the host arguments changed from 3;\"double\"; to 5;\"double\";"));
}

TEST(Compile, ProfilesKernels) {
  auto f = compile([](Tensor x) { return softmax(x, -1); }, {.profile = true});
  for (int i = 0; i < 3; ++i) f(vec({1, 2})).view();
  EXPECT_THAT(f.explain(), HasSubstr("3 calls of 1 launches"));
  ASSERT_EQ(f.profile().size(), 1u);
  EXPECT_EQ(f.profile()[0].total.calls, 3);
  // max, subtract, exp, sum and multiply, and the quotient of the row; two elements read and
  // written.
  EXPECT_EQ(f.profile()[0].operations, 3 * (5 * 2 + 1));
  EXPECT_EQ(f.profile()[0].bytes, 3 * 2 * 2 * 4);
  auto plain = compile([](Tensor x) { return softmax(x, -1); });
  plain(vec({1, 2})).view();
  EXPECT_THAT(plain.explain(), ::testing::Not(HasSubstr("calls of")));
  EXPECT_TRUE(plain.profile().empty());
}

TEST(Compile, TracesKernels) {
  runtime::LaunchTrace trace;
  auto f = compile([](Tensor x) { return softmax(x, -1); }, {.trace = &trace});
  f(vec({1, 2})).view();
  ASSERT_EQ(trace.events().size(), 2u);
  EXPECT_EQ(trace.events()[0].launch->operations, 5 * 2 + 1);
}

TEST(Compile, ReturnsNestsOfTensors) {
  auto f = compile([](Tensor x) {
    return std::tuple(x + 1, std::vector{x, x * 2}, std::pair(7, x.mean()));
  });
  auto [a, list, pair] = f(vec({1, 3}));
  EXPECT_THAT(a, Near({2, 4}));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_THAT(list[0], Near({1, 3}));
  EXPECT_THAT(list[1], Near({2, 6}));
  EXPECT_EQ(pair.first, 7);
  EXPECT_THAT(pair.second, Near({2}));
}

TEST(Compile, ReturnsNothing) {
  Tensor cell = buffer(vec({1}), "cell");
  auto f = compile([&](Tensor x) { cell.assign(cell + x); });
  f(vec({2}));
  f(vec({3}));
  EXPECT_THAT(cell, Near({6}));
}

TEST(Compile, CellsAreReadAndWrittenAtEachCall) {
  Tensor mean = buffer(zeros({2}), "mean"), scale = buffer(vec({2, 3}), "scale");
  auto f = compile([&](Tensor x) {
    mean.assign(0.5 * mean + 0.5 * x);
    return mean * scale;
  });
  EXPECT_THAT(f(vec({2, 4})), Near({2, 6}));
  EXPECT_THAT(mean, Near({1, 2}));
  scale.assign(vec({1, 1}));  // seen by the next call
  EXPECT_THAT(f(vec({3, 4})), Near({2, 3}));
  EXPECT_THAT(mean, Near({2, 3}));
  EXPECT_EQ(f.num_compilations(), 1);
}

TEST(Compile, CellsAreUpdatedInPlace) {
  Tensor cell = buffer(vec({1, 2}), "cell");
  auto f = compile([&](Tensor x) { cell.assign(cell + x); });
  f(vec({1, 1}));
  const void* data = cell.view().data;
  f(vec({1, 1}));
  EXPECT_EQ(cell.view().data, data);
  EXPECT_THAT(cell, Near({3, 4}));
}

TEST(Compile, ACellPassedAsAnArgumentKeepsItsValueForTheCall) {
  Tensor cell = buffer(vec({1, 2}), "cell");
  auto f = compile([&](Tensor x) {
    cell.assign(cell * 10);
    return cell + x;
  });
  EXPECT_THAT(f(cell), Near({11, 22}));
  EXPECT_THAT(f(cell), Near({110, 220}));
}

TEST(Compile, ResultsStayWhenTheStateMovesOn) {
  Tensor cell = buffer(vec({1}), "cell");
  auto f = compile([&](Tensor x) {
    cell.assign(cell + x);
    return cell.detach();
  });
  Tensor first = f(vec({1})), second = f(vec({1}));
  EXPECT_THAT(first, Near({2}));
  EXPECT_THAT(second, Near({3}));
}

TEST(Compile, TheOldValueCanBeReturned) {
  Tensor cell = buffer(vec({1, 2}), "cell");
  auto f = compile([&](Tensor x) {
    Tensor old = cell.detach();
    cell.assign(cell * x);
    return old;
  });
  Tensor first = f(vec({10, 10})), second = f(vec({10, 10}));
  EXPECT_THAT(first, Near({1, 2}));
  EXPECT_THAT(second, Near({10, 20}));
  EXPECT_THAT(cell, Near({100, 200}));
}

TEST(Compile, CellsCanBeSwapped) {
  Tensor a = buffer(vec({1, 2}), "a"), b = buffer(vec({3, 4}), "b");
  auto swap = compile([&](Tensor x) {
    Tensor old = a.detach();
    a.assign(b);
    b.assign(old);
    return x;
  });
  swap(vec({0}));
  EXPECT_THAT(a, Near({3, 4}));
  EXPECT_THAT(b, Near({1, 2}));
  swap(vec({0}));
  EXPECT_THAT(a, Near({1, 2}));
}

TEST(Compile, CellsThatShareTheirValue) {
  Tensor a = buffer(vec({1, 2}), "a"), b = buffer(vec({3, 4}), "b");
  b.assign(a);
  eval();
  auto f = compile([&](Tensor x) {
    a.assign(a * 10);
    return b + x;
  });
  EXPECT_THAT(f(vec({0, 0})), Near({1, 2}));
  EXPECT_THAT(a, Near({10, 20}));
  EXPECT_THAT(b, Near({1, 2}));
}

TEST(Compile, CapturedTensorsAreBound) {
  Tensor offset = vec({10});
  auto f = compile([&](Tensor x) { return x + offset; });
  EXPECT_THAT(f(vec({1})), Near({11}));
  offset = vec({20});  // another tensor: the one bound is the first
  EXPECT_THAT(f(vec({1})), Near({11}));
}

TEST(Compile, PendingStateIsSeen) {
  Tensor cell = buffer(vec({1}), "cell");
  auto f = compile([&](Tensor x) { return x + cell; });
  f(vec({0}));
  cell.assign(cell + 41);
  EXPECT_THAT(f(vec({0})), Near({42}));
}

TEST(Compile, InsideAnotherIsPartOfIt) {
  auto inner = compile([](Tensor x) { return x * 2; });
  auto outer = compile([&](Tensor x) { return inner(x) + 1; });
  EXPECT_THAT(outer(vec({3})), Near({7}));
  EXPECT_EQ(inner.num_compilations(), 0);
}

TEST(Compile, AThrowLeavesStateAsItWas) {
  Tensor cell = buffer(vec({1}), "cell"), w = parameter(vec({2}), "w");
  w.set_grad(vec({5}));
  Tensor state = frontend::make_random_state("rng.test");
  auto f = compile([&](Tensor x) {
    cell.assign(cell + x);
    rand_from(state, {2});
    w.set_grad(Tensor());
    sum(w * x).backward();
    if (x.numel() == 1) throw Error("told so");
    return x;
  });
  EXPECT_EQ(error_of([&] { f(vec({1})); }), "told so");
  EXPECT_THAT(cell, Near({1}));
  EXPECT_THAT(w.grad(), Near({5}));
  EXPECT_EQ(state.to_vector<int64_t>()[1], 0);
  EXPECT_EQ(f.num_compilations(), 0);
}

struct Switch {
  bool on = true;
};

TEST(Compile, ObservationsGuardThePrograms) {
  auto mode = std::make_shared<Switch>();
  auto f = compile([&](Tensor x) {
    frontend::observe("net.training", mode, [](const void* owner) {
      return std::string(static_cast<const Switch*>(owner)->on ? "true" : "false");
    });
    return mode->on ? x * 2 : x;
  });
  EXPECT_THAT(f(vec({3})), Near({6}));
  mode->on = false;
  frontend::structure_changed();
  EXPECT_THAT(f(vec({3})), Near({3}));
  mode->on = true;
  frontend::structure_changed();
  EXPECT_THAT(f(vec({4})), Near({8}));
  EXPECT_EQ(f.num_compilations(), 2);
  EXPECT_THAT(f.explain(), HasSubstr("net.training changed from true to false"));
}

TEST(Compile, AnExpiredOwnerIsAChange) {
  auto mode = std::make_shared<Switch>();
  std::weak_ptr<Switch> watched = mode;
  auto f = compile([&](Tensor x) {
    frontend::observe("gate", watched.lock(), [](const void*) { return std::string("same"); });
    return x;
  });
  f(vec({3}));
  mode = std::make_shared<Switch>();
  watched = mode;
  frontend::structure_changed();
  f(vec({3}));
  EXPECT_THAT(f.explain(), HasSubstr("gate is gone"));
}

TEST(Compile, CellsThatChangedTheirType) {
  Tensor cell = buffer(vec({1, 2}), "norm.scale");
  auto f = compile([&](Tensor x) { return sum(cell) * x; });
  EXPECT_THAT(f(vec({1})), Near({3}));
  frontend::reset_cell(cell, vec({1, 2, 3}));
  EXPECT_THAT(f(vec({1})), Near({6}));
  EXPECT_THAT(f.explain(), HasSubstr("norm.scale changed from f32 [2] to f32 [3]"));
}

class CountingExecutor : public runtime::Executor {
 public:
  int concurrency() const override { return 1; }
  void parallel_for(int64_t pieces, runtime::RangeFunction fn) override {
    ++calls;
    fn(0, pieces);
  }
  int calls = 0;
};

TEST(Compile, RunsOnTheCallersThreads) {
  CountingExecutor executor;
  auto f =
      compile([](Tensor x) { return matmul(x, x); }, {.num_threads = 4, .executor = &executor});
  Tensor x = full({256, 256}, 0.5);
  EXPECT_FLOAT_EQ(f(x).to_vector<float>()[7], 64);
  EXPECT_GT(executor.calls, 0);
}

TEST(Compile, RunsOnAsManyThreadsAsAsked) {
  for (int threads : {1, 3}) {
    auto f = compile([](Tensor x) { return matmul(x, x); }, {.num_threads = threads});
    EXPECT_FLOAT_EQ(f(full({256, 256}, 0.5)).to_vector<float>()[7], 64);
  }
}

TEST(Compile, TooLittleWorkspaceIsTold) {
  auto f = compile(
      [](Tensor x) {
        Tensor y = matmul(x, x);
        return sum(matmul(y, y) + matmul(y, x));
      },
      {.name = "big", .max_workspace_bytes = 64});
  EXPECT_THAT(error_of([&] {
                f(full({64, 64}, 0.5));
              }),
              HasSubstr("compile: big does not compile: "));
}

TEST(Compile, ExplainTellsStagesAndBytes) {
  auto f = compile([](Tensor x) { return softmax(x, -1); }, {.name = "head"});
  f(mat(2, 2, {1, 2, 3, 4}));
  std::string text = f.explain();
  EXPECT_THAT(text, HasSubstr("head: compiled 1 time\n[0] (f32 [2, 2]): first call\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("traced 1 ops in [0-9.]+ ms, compiled in [0-9.]+ ms"));
  EXPECT_THAT(text, ::testing::ContainsRegex("1 launches of 1 kernels, arena [0-9]+ bytes"));
}

}  // namespace
}  // namespace etch
