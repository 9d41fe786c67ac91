// Running programs by the C interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "allocation_counter.h"
#include "c_api_testing.h"

extern "C" etch_status c99_doubles_the_scale(etch_model* model, float* first);

namespace {

using namespace etch::testing::c;
using etch::testing::kSize;
using etch::testing::ramp;
using etch::testing::test_bundle;

TEST(CApi, PredictsAndTrainsAsCPlusPlusDoes) {
  Model model = test_model();
  Session session = new_session(model);
  etch::runtime::Model same = etch::testing::parse(test_bundle()).value();
  etch::runtime::ModelSession other = same.new_session();
  std::vector<float> x = ramp(3), out(kSize), expected(kSize);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(predict(session, x, out), ETCH_OK) << etch_error_message();
    ASSERT_TRUE(other
                    .run("predict", {{"x", etch::testing::view(x)}},
                         {{"out0", etch::testing::writable(expected)}})
                    .ok());
    EXPECT_EQ(out, expected);
    ASSERT_EQ(step(session, x), ETCH_OK) << etch_error_message();
    ASSERT_TRUE(other.run("step", {{"x", etch::testing::view(x)}}, {}).ok());
  }
  EXPECT_EQ(steps(model), 10);
}

TEST(CApi, WorksFromC99) {
  Model model = test_model();
  float first = 0;
  ASSERT_EQ(c99_doubles_the_scale(model.get(), &first), ETCH_OK) << etch_error_message();
  EXPECT_EQ(first, 2);
}

TEST(CApi, TheHostsThreadsRunKernels) {
  struct Host {
    int calls = 0;
    int64_t pieces = 0;
  } host;
  etch_executor_callbacks callbacks = ETCH_EXECUTOR_CALLBACKS_INIT;
  callbacks.host = &host;
  callbacks.concurrency = [](void*) -> int32_t { return 2; };
  callbacks.parallel_for = [](void* host, int64_t pieces, etch_range_function work, void* range) {
    auto& self = *static_cast<Host*>(host);
    ++self.calls;
    self.pieces += pieces;
    std::thread other(work, range, 0, pieces / 2);
    work(range, pieces / 2, pieces);
    other.join();
  };
  Model model = test_model();
  auto executor = made<Executor>(
      [&](etch_executor** executor) { return etch_executor_new(&callbacks, executor); });
  etch_session_options options = ETCH_SESSION_OPTIONS_INIT;
  options.executor = executor.get();
  Session session = new_session(model, &options), plain = new_session(model);
  executor.reset();
  std::vector<float> x = ramp(3), out(kSize), expected(kSize);
  ASSERT_EQ(predict(session, x, out), ETCH_OK) << etch_error_message();
  EXPECT_EQ(host.calls, 2);  // what is derived from the state, and the kernel
  EXPECT_EQ(host.pieces, 2 * kSize);
  ASSERT_EQ(predict(plain, x, expected), ETCH_OK);
  EXPECT_EQ(out, expected);
  EXPECT_EQ(host.calls, 2);
}

TEST(CApi, ASessionKeepsWhatItNeeds) {
  Model model = test_model();
  auto pool =
      made<Executor>([](etch_executor** executor) { return etch_executor_new_pool(2, executor); });
  etch_session_options options = ETCH_SESSION_OPTIONS_INIT;
  options.executor = pool.get();
  Session session = new_session(model, &options);
  model.reset();
  pool.reset();
  std::vector<float> out(kSize);
  EXPECT_EQ(predict(session, ramp(3), out), ETCH_OK) << etch_error_message();
}

TEST(CApi, RunsEndWhenTheyAreToldTo) {
  Model model = test_model();
  Session session = new_session(model);
  auto cancel = made<Cancel>([](etch_cancel** cancel) { return etch_cancel_new(cancel); });
  etch_run_options options = ETCH_RUN_OPTIONS_INIT;
  options.cancel = cancel.get();
  ASSERT_EQ(step(session, ramp(3), &options), ETCH_OK) << etch_error_message();
  etch_cancel_set(cancel.get());
  EXPECT_EQ(step(session, ramp(3), &options), ETCH_CANCELLED);
  EXPECT_EQ(steps(model), 8);
  etch_cancel_reset(cancel.get());
  options.deadline_ns = etch_deadline_after(-1);
  EXPECT_EQ(step(session, ramp(3), &options), ETCH_DEADLINE_EXCEEDED);
  EXPECT_EQ(steps(model), 8);
  options.deadline_ns = etch_deadline_after(INT64_C(3600000000000));
  EXPECT_EQ(step(session, ramp(3), &options), ETCH_OK) << etch_error_message();
  EXPECT_GT(etch_deadline_after(INT64_MAX), etch_deadline_after(0));
  EXPECT_EQ(etch_deadline_after(INT64_MIN), 1) << "0 would be no deadline";
}

TEST(CApi, AWarmRunAllocatesNothing) {
  Model model = test_model();
  Session session = new_session(model);
  auto cancel = made<Cancel>([](etch_cancel** cancel) { return etch_cancel_new(cancel); });
  etch_run_options options = ETCH_RUN_OPTIONS_INIT;
  options.cancel = cancel.get();
  options.deadline_ns = etch_deadline_after(INT64_C(3600000000000));
  std::vector<float> x = ramp(3), out(kSize);
  auto run = [&] {
    return predict(session, x, out, &options) == ETCH_OK && step(session, x, &options) == ETCH_OK;
  };
  ASSERT_TRUE(run());
  ASSERT_TRUE(run());
  int64_t before = etch::testing::allocations();
  bool ok = run();
  int64_t after = etch::testing::allocations();
  EXPECT_TRUE(ok);
  if (etch::testing::kCountsAllocations) EXPECT_EQ(after, before);
}

TEST(CApi, TellsWhatKernelsTook) {
  Model model = test_model();
  etch_session_options options = ETCH_SESSION_OPTIONS_INIT;
  options.profile = 1;
  Session session = new_session(model, &options);
  std::vector<float> out(kSize);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(predict(session, ramp(3), out), ETCH_OK);
  auto profile = made<Profile>([&](etch_profile** profile) {
    return etch_session_profile(session.get(), "predict", profile);
  });
  ASSERT_EQ(etch_profile_num_kernels(profile.get()), 2u);
  for (size_t i = 0; i < 2; ++i) {
    etch_kernel_profile kernel = ETCH_KERNEL_PROFILE_INIT;
    ASSERT_EQ(etch_profile_kernel(profile.get(), i, &kernel), ETCH_OK);
    EXPECT_STREQ(kernel.kernel, kernel.prepares != 0 ? "square" : "affine");
    EXPECT_STREQ(kernel.path, "layers.0");
    EXPECT_EQ(kernel.calls, kernel.prepares != 0 ? 1 : 5);
    EXPECT_EQ(kernel.launches, 1);
  }
  etch_kernel_profile none = ETCH_KERNEL_PROFILE_INIT;
  EXPECT_EQ(etch_profile_kernel(profile.get(), 2, &none), ETCH_INVALID_ARGUMENT);
}

}  // namespace
