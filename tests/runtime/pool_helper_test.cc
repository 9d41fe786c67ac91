// How helpers of the thread pool live with other programs on the machine.
#include "etch/runtime/pool_helper.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace etch::runtime {
namespace {

using Clock = std::chrono::steady_clock;

// The cores that this thread may use; it is moved to one of them and back by what uses this.
class Cores {
 public:
  Cores() {
    CPU_ZERO(&all_);
    (void)sched_getaffinity(0, sizeof all_, &all_);
    for (int core = 0; core < CPU_SETSIZE && first_ < 0; ++core)
      if (CPU_ISSET(core, &all_)) first_ = core;
  }
  ~Cores() { (void)sched_setaffinity(0, sizeof all_, &all_); }

  int count() const { return CPU_COUNT(&all_); }
  int first() const { return first_; }
  static bool stay_on(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
  }

 private:
  cpu_set_t all_;
  int first_ = -1;
};

TEST(Placement, LeavesTheCoreOfWhomItHelps) {
  Cores cores;
  if (cores.count() < 2) GTEST_SKIP() << "one core";
  Placement placement;
  for (int i = 0; i < 3; ++i) {
    int core = Placement::current_core();
    placement.leave(core);
    EXPECT_NE(Placement::current_core(), core);
    std::this_thread::sleep_for(std::chrono::milliseconds(3));  // it does not go to and fro
  }
  placement.leave(-1);
}

TEST(Placement, StaysWhereThereIsNoOtherCore) {
  Cores cores;
  ASSERT_TRUE(Cores::stay_on(cores.first()));
  Placement placement;
  placement.leave(cores.first());
  EXPECT_EQ(Placement::current_core(), cores.first());
}

void work_for(std::chrono::microseconds time) {
  for (auto end = Clock::now() + time; Clock::now() < end;) {
  }
}

TEST(Turn, EndsBeforeANeighboursTurnOnceThereIsOne) {
  Cores cores;
  ASSERT_TRUE(Cores::stay_on(cores.first()));
  std::atomic<bool> stop{false};
  std::thread neighbour([&] {  // inherits the core
    while (!stop) work_for(std::chrono::microseconds(100));
  });
  Turn turn;
  int over = 0, ranges = 0;
  for (auto end = Clock::now() + std::chrono::seconds(20); Clock::now() < end && over < 5;) {
    work_for(std::chrono::microseconds(100));
    ++ranges;
    if (!turn.is_over()) continue;
    ++over;
    turn.rest();
  }
  stop = true;
  neighbour.join();
  EXPECT_EQ(over, 5) << ranges;
}

}  // namespace
}  // namespace etch::runtime
