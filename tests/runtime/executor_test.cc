#include "etch/runtime/executor.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#include "allocation_counter.h"

namespace etch::runtime {
namespace {

// Runs `pieces` pieces and returns how often each was run.
std::vector<int> count_runs(Executor& executor, int64_t pieces) {
  std::vector<std::atomic<int>> runs(pieces);
  executor.parallel_for(pieces, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) runs[i].fetch_add(1, std::memory_order_relaxed);
  });
  return std::vector<int>(runs.begin(), runs.end());
}

TEST(ThreadPool, RunsEachPieceOnce) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.concurrency(), threads);
    for (int64_t pieces : {1, 2, 7, 16, 17, 100, 4096, 10007}) {
      EXPECT_EQ(count_runs(pool, pieces), std::vector<int>(pieces, 1)) << threads << ' ' << pieces;
    }
  }
}

TEST(ThreadPool, NoPiecesNoCall) {
  ThreadPool pool(2);
  pool.parallel_for(0, [](int64_t, int64_t) { FAIL(); });
  pool.parallel_for(-5, [](int64_t, int64_t) { FAIL(); });
}

TEST(ThreadPool, WritesOfAllThreadsAreVisibleToTheCaller) {
  ThreadPool pool(4);
  std::vector<int64_t> values(64);
  for (int64_t round = 0; round < 2000; ++round) {
    pool.parallel_for(64, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) values[i] = round + i;
    });
    for (int64_t i = 0; i < 64; ++i) ASSERT_EQ(values[i], round + i);
  }
}

TEST(ThreadPool, OneThreadRunsInlineAndBadSizesMeanOne) {
  for (int threads : {1, 0, -3}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.concurrency(), 1);
    pool.parallel_for(100, [caller = std::this_thread::get_id()](int64_t begin, int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), caller);
      EXPECT_EQ(end - begin, 100);
    });
  }
}

TEST(ThreadPool, ConcurrentCallersShareIt) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < ThreadPool::kMaxCalls + 4; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        if (count_runs(pool, 50) != std::vector<int>(50, 1)) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, NestedCallsRunInline) {
  ThreadPool pool(3);
  std::atomic<int64_t> sum{0};
  pool.parallel_for(20, [&](int64_t begin, int64_t end) {
    auto outer = std::this_thread::get_id();
    for (int64_t i = begin; i < end; ++i) {
      pool.parallel_for(10, [&](int64_t inner_begin, int64_t inner_end) {
        EXPECT_EQ(std::this_thread::get_id(), outer);
        sum += inner_end - inner_begin;
      });
    }
  });
  EXPECT_EQ(sum, 200);
}

// A thread that is stuck in one range holds up nothing but that range, a third of its share at
// most.
TEST(ThreadPool, AStuckThreadDoesNotKeepTheOthersFromWorking) {
  ThreadPool pool(2);
  std::atomic<int> done{0};
  auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  pool.parallel_for(60, [&](int64_t begin, int64_t end) {
    while (begin == 0 && done < 50 && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
    done += static_cast<int>(end - begin);
  });
  EXPECT_LT(std::chrono::steady_clock::now(), limit);
  EXPECT_EQ(done, 60);
}

TEST(ThreadPool, RangesShrinkTowardsTheEndOfAShare) {
  ThreadPool pool(2);
  std::mutex mutex;
  std::map<int64_t, int64_t> ranges;
  pool.parallel_for(100, [&](int64_t begin, int64_t end) {
    std::lock_guard<std::mutex> lock(mutex);
    ranges[begin] = end - begin;
  });
  for (int64_t share : {0, 50}) {
    auto it = ranges.find(share);
    ASSERT_NE(it, ranges.end());
    EXPECT_EQ(it->second, 50 / 3);
    for (; std::next(it) != ranges.end() && std::next(it)->first < share + 50; ++it)
      EXPECT_GE(it->second, std::next(it)->second);
    EXPECT_EQ(it->second, 1);
  }
}

// The caller begins with the first pieces of each call, so that it meets again what it wrote.
TEST(ThreadPool, ThreadsKeepTheirShares) {
  ThreadPool pool(2);
  auto caller = std::this_thread::get_id();
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> of_caller{0}, of_helper{0};
    std::atomic<bool> first_is_the_callers{false}, last_is_the_helpers{false};
    pool.parallel_for(40, [&](int64_t begin, int64_t end) {
      bool mine = std::this_thread::get_id() == caller;
      int number = (mine ? of_caller : of_helper)++;
      if (mine && number == 0) first_is_the_callers = begin == 0;
      if (!mine && number == 0) last_is_the_helpers = begin >= 20;
      // Until both are here.
      auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
      while (of_caller + of_helper < 2 && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
      (void)end;
    });
    EXPECT_TRUE(first_is_the_callers);
    if (of_helper > 0) EXPECT_TRUE(last_is_the_helpers);
  }
}

TEST(ThreadPool, CallsAllocateNothing) {
  if (!etch::testing::kCountsAllocations) GTEST_SKIP() << "allocations are not counted";
  ThreadPool pool(3);
  std::atomic<int64_t> sum{0};
  auto add = [&](int64_t begin, int64_t end) { sum += end - begin; };
  pool.parallel_for(100, add);
  int64_t before = etch::testing::allocations();
  for (int i = 0; i < 100; ++i) pool.parallel_for(100, add);
  EXPECT_EQ(etch::testing::allocations(), before);
  EXPECT_EQ(sum, 10100);
}

// Calls that come after a pause find the threads asleep; none may be missed at the end.
TEST(ThreadPool, WakesUpAfterAPause) {
  for (int i = 0; i < 20; ++i) {
    ThreadPool pool(3);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(count_runs(pool, 30), std::vector<int>(30, 1));
  }
}

TEST(ThreadPool, WorksInAForkedChild) {
  ThreadPool pool(3);
  count_runs(pool, 30);
  pid_t child = fork();
  if (child == 0) _exit(count_runs(pool, 30) == std::vector<int>(30, 1) ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(NumThreads, TakesNumbersFrom1To1024Only) {
  EXPECT_EQ(parse_num_threads("1"), 1);
  EXPECT_EQ(parse_num_threads("12"), 12);
  EXPECT_EQ(parse_num_threads("1024"), 1024);
  for (const char* text :
       {"", "0", "-1", "+2", " 2", "2 ", "2.0", "0x2", "1025", "four", "99999999999999999999"}) {
    EXPECT_EQ(parse_num_threads(text), std::nullopt) << text;
  }
}

TEST(DefaultExecutor, HasAtLeastOneThread) {
  EXPECT_GE(physical_cores(), 1);
  EXPECT_GE(default_executor()->concurrency(), 1);
  EXPECT_EQ(default_executor(), default_executor());
}

TEST(DefaultExecutorDeathTest, FollowsTheEnvironment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto size_with = [](const char* text) {
    setenv("ETCH_NUM_THREADS", text, 1);
    return default_executor()->concurrency();
  };
  EXPECT_EXIT(exit(size_with("5") == 5 ? 0 : 1), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(exit(size_with("lots") == physical_cores() ? 0 : 1), ::testing::ExitedWithCode(0),
              "");
}

}  // namespace
}  // namespace etch::runtime
