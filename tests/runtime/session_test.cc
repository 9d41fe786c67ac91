#include "etch/runtime/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <thread>
#include <vector>

#include "allocation_counter.h"

namespace etch::runtime {
namespace {

// The program that a compiler would make of  out = 2 w + x  for 64 floats, with  2 w  derived.
constexpr int64_t kSize = 64;

void double_kernel(void* const* buffers, int64_t begin, int64_t end) {
  auto* w = static_cast<const float*>(buffers[0]);
  auto* packed = static_cast<float*>(buffers[1]);
  for (int64_t i = begin; i < end; ++i) packed[i] = 2 * w[i];
}

void add_kernel(void* const* buffers, int64_t begin, int64_t end) {
  auto* packed = static_cast<const float*>(buffers[0]);
  auto* x = static_cast<const float*>(buffers[1]);
  auto* out = static_cast<float*>(buffers[2]);
  for (int64_t i = begin; i < end; ++i) out[i] = packed[i] + x[i];
}

void copy_kernel(void* const* buffers, int64_t, int64_t) {
  std::copy_n(static_cast<const float*>(buffers[0]), kSize, static_cast<float*>(buffers[1]));
}

void prepare(CallFrame* frame) {
  void* buffers[] = {frame->buffers[0], frame->derived};
  frame->launch(frame, 0, double_kernel, buffers, kSize);
}

void entry(CallFrame* frame) {
  void* sum[] = {frame->derived, frame->buffers[1], frame->arena};
  frame->launch(frame, 0, add_kernel, sum, kSize);
  void* copy[] = {frame->arena, frame->buffers[2]};
  frame->launch(frame, 1, copy_kernel, copy, 1);
}

CompiledProgram make_program() {
  CompiledProgram program;
  program.name = "axpy";
  program.inputs = {{.name = "w", .kind = ValueKind::kState, .path = "fc.weight", .shape = {kSize}},
                    {.name = "x", .shape = {kSize}}};
  program.results = {
      {.name = "out0", .kind = ValueKind::kResult, .shape = {kSize}, .donated_input = 1}};
  program.launches = {{"add", "fc", kSize}, {"copy", "fc", 1}};
  program.prepare_launches = {{.kernel = "double", .path = "fc", .pieces = kSize, .reads = {0}}};
  program.arena_bytes = kSize * sizeof(float);
  program.derived_bytes = kSize * sizeof(float);
  program.prepare_inputs = {0};
  program.entry = entry;
  program.prepare = prepare;
  return program;
}

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    w_ = Storage::allocate(kSize * sizeof(float)).value();
    x_ = Storage::allocate(kSize * sizeof(float)).value();
    out_ = Storage::allocate_zeroed(kSize * sizeof(float)).value();
    for (int64_t i = 0; i < kSize; ++i) {
      w_->data<float>()[i] = 1;
      x_->data<float>()[i] = static_cast<float>(i);
    }
    inputs_ = {w_->data(), x_->data()};
    results_ = {out_->data()};
  }

  std::unique_ptr<Session> make_session(SessionOptions options = {}) {
    if (options.executor == nullptr) options.executor = &pool_;
    return Session::create(std::make_shared<CompiledProgram>(make_program()), options).value();
  }

  void expect_refused(Session& session, std::string_view part, std::vector<const void*> inputs,
                      std::vector<void*> results, std::vector<uint64_t> versions = {}) {
    absl::Status status = session.run(inputs, results, versions);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << status;
  }

  ThreadPool pool_{3};
  std::shared_ptr<Storage> w_, x_, out_;
  std::array<const void*, 2> inputs_;
  std::array<void*, 1> results_;
};

TEST_F(SessionTest, RunsTheProgram) {
  auto session = make_session();
  ASSERT_TRUE(session->run(inputs_, results_).ok());
  for (int64_t i = 0; i < kSize; ++i) EXPECT_EQ(out_->data<float>()[i], 2.0f + i);
  EXPECT_EQ(session->memory_bytes(), 2 * kSize * static_cast<int64_t>(sizeof(float)));
}

TEST_F(SessionTest, ResultMayBeTheDonatedInput) {
  auto session = make_session();
  results_[0] = x_->data();
  ASSERT_TRUE(session->run(inputs_, results_).ok());
  EXPECT_EQ(x_->data<float>()[5], 7);
}

TEST_F(SessionTest, PreparesAgainOnlyWhenAStampChanges) {
  auto session = make_session();
  std::array<uint64_t, 2> versions = {next_version(), next_version()};
  for (int i = 0; i < 5; ++i) {
    versions[1] = next_version();  // Not a prepare input.
    ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  }
  EXPECT_EQ(session->prepare_calls(), 1);

  w_->data<float>()[0] = 10;
  versions[0] = next_version();
  ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  EXPECT_EQ(session->prepare_calls(), 2);
  EXPECT_EQ(out_->data<float>()[0], 20);
}

TEST_F(SessionTest, PreparesAgainForAnotherBufferAndOnRequest) {
  auto session = make_session();
  std::array<uint64_t, 2> versions = {1, 1};
  ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  auto other = Storage::from_bytes(w_->bytes()).value();
  inputs_[0] = other->data();
  ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  EXPECT_EQ(session->prepare_calls(), 2);
  session->invalidate_derived();
  ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  EXPECT_EQ(session->prepare_calls(), 3);
}

TEST_F(SessionTest, WithoutStampsPreparesAtEveryRun) {
  auto session = make_session();
  std::array<uint64_t, 2> versions = {1, 1};
  ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  ASSERT_TRUE(session->run(inputs_, results_).ok());
  ASSERT_TRUE(session->run(inputs_, results_).ok());
  // The stamps of the first run say nothing about what the runs without them saw.
  ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  EXPECT_EQ(session->prepare_calls(), 4);
}

TEST_F(SessionTest, RefusesWrongCountsAndBuffers) {
  auto session = make_session();
  void* out = out_->data();
  const void* x = x_->data();
  const void* w = w_->data();
  expect_refused(*session, "1 inputs were passed to a program with 2", {w}, {out});
  expect_refused(*session, "2 results", {w, x}, {out, out});
  expect_refused(*session, "1 versions", {w, x}, {out}, {1});
  expect_refused(*session, "input 1 (\"x\") is null", {w, nullptr}, {out});
  expect_refused(*session, "result 0 (\"out0\") is null", {w, x}, {nullptr});
  expect_refused(*session, "input 0 (\"w\") is misaligned", {w_->data<char>() + 4, x}, {out});
  EXPECT_EQ(session->prepare_calls(), 0);
  EXPECT_EQ(out_->data<float>()[1], 0);
  EXPECT_TRUE(session->run(inputs_, results_).ok());
}

TEST_F(SessionTest, AllocatesNothingWhenItRuns) {
  if (!etch::testing::kCountsAllocations) GTEST_SKIP() << "allocations are not counted";
  for (bool profile : {false, true}) {
    auto session = make_session({.profile = profile});
    ASSERT_TRUE(session->run(inputs_, results_).ok());
    int64_t before = etch::testing::allocations();
    for (int i = 0; i < 100; ++i) {
      if (!session->run(inputs_, results_).ok()) FAIL();
    }
    EXPECT_EQ(etch::testing::allocations(), before);
  }
}

#if defined(__has_feature)
#if __has_feature(realtime_sanitizer)
// Built with ETCH_SANITIZE=realtime: the process ends where a nonblocking function allocates, locks
// or makes a system call. Waking threads that sleep is one, so this is the promise for one thread.
TEST_F(SessionTest, RunsWithinRealtimeLimits) {
  ThreadPool inline_pool(1);
  auto session = make_session({.executor = &inline_pool});
  bool ok = true;
  auto run = [&]() [[clang::nonblocking]] {
    for (int i = 0; i < 100; ++i) ok = ok && session->run(inputs_, results_).ok();
  };
  run();
  EXPECT_TRUE(ok);
}
#endif
#endif

TEST_F(SessionTest, ProfilesLaunches) {
  auto session = make_session({.profile = true});
  std::array<uint64_t, 2> versions = {1, 1};
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(session->run(inputs_, results_, versions).ok());
  ASSERT_EQ(session->profile().size(), 2u);
  EXPECT_EQ(session->profile()[0].calls, 4);
  EXPECT_GT(session->profile()[0].nanoseconds, 0);
  EXPECT_EQ(session->profile()[1].calls, 4);
  EXPECT_EQ(session->prepare_profile()[0].calls, 1);
  session->reset_profile();
  EXPECT_EQ(session->profile()[0].calls, 0);

  auto plain = make_session();
  ASSERT_TRUE(plain->run(inputs_, results_).ok());
  EXPECT_EQ(plain->profile()[0].calls, 0);
}

// Every piece is in the trace once, within the run that it belongs to.
TEST_F(SessionTest, TracesPiecesOfAllThreads) {
  ThreadPool pool(3);
  LaunchTrace trace;
  auto session = make_session({.executor = &pool, .trace = &trace});
  ASSERT_TRUE(session->run(inputs_, results_).ok());
  int64_t pieces = 0, runs = 0;
  LaunchTrace::Event run = trace.events().back();
  EXPECT_EQ(run.launch, nullptr);
  for (const LaunchTrace::Event& event : trace.events()) {
    if (event.launch == nullptr) {
      ++runs;
    } else if (event.launch->kernel == "add") {
      pieces += event.end - event.begin;
      EXPECT_GE(event.start_ns, run.start_ns);
      EXPECT_LE(event.start_ns + event.nanoseconds, run.start_ns + run.nanoseconds);
    }
  }
  EXPECT_EQ(pieces, kSize);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(session->profile()[0].calls, 1);
}

// An executor that calls back: the second run() of one session meets the first.
class Reentrant : public Executor {
 public:
  int concurrency() const override { return 1; }
  void parallel_for(int64_t pieces, RangeFunction fn) override {
    fn(0, pieces);
    if (during) during();
  }
  std::function<void()> during;
};

TEST_F(SessionTest, RefusesASecondRunMeanwhile) {
  Reentrant executor;
  auto session = make_session({.executor = &executor});
  int refused = 0;
  executor.during = [&] {
    absl::Status status;
    std::thread([&] { status = session->run(inputs_, results_); }).join();
    refused += status.code() == absl::StatusCode::kFailedPrecondition;
  };
  EXPECT_TRUE(session->run(inputs_, results_).ok());
  EXPECT_EQ(refused, 2);  // once in prepare, once in the entry
  executor.during = nullptr;
  EXPECT_TRUE(session->run(inputs_, results_).ok());
}

TEST_F(SessionTest, SessionsOfOneProgramRunAtTheSameTime) {
  auto program = std::make_shared<CompiledProgram>(make_program());
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      auto session = Session::create(program, {.executor = &pool_}).value();
      auto out = Storage::allocate(kSize * sizeof(float)).value();
      std::array<void*, 1> results = {out->data()};
      for (int i = 0; i < 200; ++i) {
        bool ok = session->run(inputs_, results).ok() && out->data<float>()[63] == 65;
        wrong += !ok;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(SessionCreate, RefusesInconsistentPrograms) {
  auto refused = [](auto change) {
    auto program = std::make_shared<CompiledProgram>(make_program());
    change(*program);
    return Session::create(program).status().code();
  };
  using absl::StatusCode;
  EXPECT_EQ(Session::create(nullptr).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& p) { p.entry = nullptr; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& p) { p.prepare_inputs = {2}; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& p) { p.results[0].donated_input = 9; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& p) { p.arena_bytes = -1; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](auto& p) { p.arena_bytes = int64_t{1} << 60; }),
            StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace etch::runtime
