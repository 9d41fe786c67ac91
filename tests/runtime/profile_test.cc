#include "etch/runtime/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "etch/runtime/json_reader.h"

namespace etch::runtime {
namespace {

using ::testing::HasSubstr;

TEST(CommonPath, StarsStandForWhatDiffers) {
  EXPECT_EQ(common_path("h.0.attn", "h.0.attn"), "h.0.attn");
  EXPECT_EQ(common_path("h.0.attn", "h.1.attn"), "h.*.attn");
  EXPECT_EQ(common_path("h.*.attn", "h.2.attn"), "h.*.attn");
  EXPECT_EQ(common_path("h.0", "h.0.ln_1"), "h.0.*");
  EXPECT_EQ(common_path("h.0.a.b", "h.1.c"), "h.*");
  EXPECT_EQ(common_path("wte", "head"), "*");
  EXPECT_EQ(common_path("", "head"), "*");
}

CompiledProgram two_kernels() {
  CompiledProgram program;
  program.name = "predict";
  program.launches = {
      {"k0", "h.0.fc", 4, 100, 10}, {"k1", "h.0", 1, 0, 8}, {"k0", "h.1.fc", 4, 100, 10}};
  program.prepare_launches = {{"k0", "pack", 1, 0, 7}};
  return program;
}

TEST(KernelProfiles, AddUpTheLaunchesOfAKernel) {
  std::vector<LaunchProfile> launches = {{2, 50}, {2, 500}, {2, 70}}, prepares = {{1, 1000}};
  std::vector<KernelProfile> kernels = kernel_profiles(two_kernels(), launches, prepares);
  ASSERT_EQ(kernels.size(), 3u);
  EXPECT_TRUE(kernels[0].prepares);
  EXPECT_EQ(kernels[0].bytes, 7);
  EXPECT_EQ(kernels[1].kernel, "k1");
  EXPECT_EQ(kernels[1].total.nanoseconds, 500);
  EXPECT_EQ(kernels[2].kernel, "k0");
  EXPECT_EQ(kernels[2].path, "h.*.fc");
  EXPECT_EQ(kernels[2].launches, 2);
  EXPECT_EQ(kernels[2].total.calls, 4);
  EXPECT_EQ(kernels[2].total.nanoseconds, 120);
  EXPECT_EQ(kernels[2].operations, 400);
  EXPECT_EQ(kernels[2].bytes, 40);
}

TEST(LaunchTrace, NumbersThreadsAsTheyAppear) {
  auto program = std::make_shared<const CompiledProgram>(two_kernels());
  LaunchTrace trace;
  auto note = [&] {
    auto now = LaunchTrace::Clock::now();
    trace.add(program, &program->launches[0], 0, 2, now, now + std::chrono::nanoseconds(1500));
  };
  note();
  std::thread(note).join();
  note();
  std::vector<LaunchTrace::Event> events = trace.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].thread, 0);
  EXPECT_EQ(events[1].thread, 1);
  EXPECT_EQ(events[2].thread, 0);
  EXPECT_EQ(events[0].nanoseconds, 1500);
  EXPECT_GE(events[2].start_ns, events[0].start_ns);
}

// The members that the Trace Event Format wants of a complete event and of metadata.
TEST(LaunchTrace, WritesTraceEvents) {
  CompiledProgram quoted = two_kernels();
  quoted.launches[0].path = "a\"b";
  auto program = std::make_shared<const CompiledProgram>(quoted);
  LaunchTrace trace;
  auto start = LaunchTrace::Clock::now();
  trace.add(program, &program->launches[0], 1, 3, start, start + std::chrono::microseconds(2));
  trace.add(program, nullptr, 0, 1, start, start + std::chrono::microseconds(5));
  std::string json = trace.to_json();
  EXPECT_THAT(json, HasSubstr(R"("name":"a\"b","cat":"kernel","ph":"X","ts":)"));
  EXPECT_THAT(
      json,
      HasSubstr(
          R"("dur":2.000,"pid":1,"tid":0,"args":{"kernel":"k0","pieces":"1..3 of 4","operations":100,"bytes":10})"));
  EXPECT_THAT(json, HasSubstr(R"("name":"predict","cat":"program","ph":"X")"));
  EXPECT_THAT(json, HasSubstr(R"({"name":"thread_name","ph":"M","pid":1,"tid":0,)"));
}

TEST(LaunchTrace, SaysWhereItCannotWrite) {
  absl::Status status = LaunchTrace().write("/nowhere/trace.json");
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/trace.json"));
}

}  // namespace
}  // namespace etch::runtime
