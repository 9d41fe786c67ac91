// What is computed ahead is computed again only where it has to be.
#include "etch/runtime/derived_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace etch::runtime {
namespace {

using ::testing::ElementsAre;

// Inputs a, b, c. In derived memory: [0] a + 1; [1] b + a + 1, through scratch memory [2] = b.
void increment(void* const* buffers, int64_t, int64_t) {
  *static_cast<int64_t*>(buffers[1]) = *static_cast<const int64_t*>(buffers[0]) + 1;
}
void copy(void* const* buffers, int64_t, int64_t) {
  *static_cast<int64_t*>(buffers[1]) = *static_cast<const int64_t*>(buffers[0]);
}
void sum(void* const* buffers, int64_t, int64_t) {
  *static_cast<int64_t*>(buffers[2]) =
      *static_cast<const int64_t*>(buffers[0]) + *static_cast<const int64_t*>(buffers[1]);
}

void prepare(CallFrame* frame) {
  auto* derived = reinterpret_cast<int64_t*>(frame->derived);
  void* first[] = {frame->buffers[0], derived};
  frame->launch(frame, 0, increment, first, 1);
  void* second[] = {frame->buffers[1], derived + 2};
  frame->launch(frame, 1, copy, second, 1);
  void* third[] = {derived + 2, derived, derived + 1};
  frame->launch(frame, 2, sum, third, 1);
}

std::shared_ptr<const CompiledProgram> make_program() {
  auto program = std::make_shared<CompiledProgram>();
  for (const char* name : {"a", "b", "c"})
    program->inputs.push_back({.name = name, .kind = ValueKind::kState, .dtype = i64});
  program->prepare_launches = {{.kernel = "increment", .path = "", .reads = {0}},
                               {.kernel = "copy", .path = "", .reads = {0, 1}},
                               {.kernel = "sum", .path = "", .reads = {0, 1}}};
  program->prepare_inputs = {0, 1};
  program->derived_bytes = 3 * sizeof(int64_t);
  program->prepare = prepare;
  return program;
}

class DerivedMemoryTest : public ::testing::Test {
 protected:
  std::vector<int64_t> refresh(DerivedMemory& memory, std::span<const uint64_t> versions) {
    std::vector<LaunchProfile> profile(3);
    memory.refresh(buffers_.data(), versions, executor_, profile);
    std::vector<int64_t> calls;
    for (const LaunchProfile& launch : profile) calls.push_back(launch.calls);
    return calls;
  }
  int64_t at(DerivedMemory& memory, int i) { return reinterpret_cast<int64_t*>(memory.data())[i]; }

  ThreadPool executor_{1};
  std::array<int64_t, 3> values_ = {10, 20, 30};
  std::array<void*, 3> buffers_ = {&values_[0], &values_[1], &values_[2]};
  std::shared_ptr<DerivedMemory> memory_ = DerivedMemory::create(make_program(), nullptr).value();
};

TEST_F(DerivedMemoryTest, RunsTheLaunchesOfWhatChanged) {
  std::array<uint64_t, 3> versions = {1, 2, 3};
  EXPECT_FALSE(memory_->is_current(versions));
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(1, 1, 1));
  EXPECT_TRUE(memory_->is_current(versions));
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(0, 0, 0));
  versions[2] = 4;  // Nothing is prepared from it.
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(0, 0, 0));

  values_[1] = 200;
  versions[1] = 5;
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(0, 1, 1));
  EXPECT_EQ(at(*memory_, 1), 211);
  values_[0] = 100;
  versions[0] = 6;
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(1, 1, 1));
  EXPECT_EQ(at(*memory_, 0), 101);
  EXPECT_EQ(at(*memory_, 1), 301);
}

TEST_F(DerivedMemoryTest, ACopyGoesOnFromThere) {
  std::array<uint64_t, 3> versions = {1, 2, 3};
  refresh(*memory_, versions);
  auto copy = DerivedMemory::create(make_program(), nullptr).value();
  copy->copy_from(*memory_);
  EXPECT_TRUE(copy->is_current(versions));
  values_[1] = 0;
  versions[1] = 9;
  EXPECT_THAT(refresh(*copy, versions), ElementsAre(0, 1, 1));
  EXPECT_EQ(at(*copy, 1), 11);
  EXPECT_EQ(at(*memory_, 1), 31);
}

TEST_F(DerivedMemoryTest, WithoutStampsEverythingRunsEachTime) {
  EXPECT_THAT(refresh(*memory_, {}), ElementsAre(1, 1, 1));
  EXPECT_THAT(refresh(*memory_, {}), ElementsAre(1, 1, 1));
  std::array<uint64_t, 3> versions = {1, 2, 3};
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(1, 1, 1));
  memory_->invalidate(1);
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(0, 1, 1));
  memory_->invalidate();
  EXPECT_THAT(refresh(*memory_, versions), ElementsAre(1, 1, 1));
}

}  // namespace
}  // namespace etch::runtime
