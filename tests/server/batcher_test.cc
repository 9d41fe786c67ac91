// How jobs go together, and how long they wait.
#include "batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <system_error>

namespace server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Notes the rows of each call; calls wait while the gate is closed.
class Calls {
 public:
  Batcher::RunJobs worker() {
    return [this](std::span<Job* const> jobs) {
      int64_t rows = 0;
      for (const Job* job : jobs) rows += job->rows;
      std::unique_lock lock(mutex_);
      rows_.push_back(rows);
      ++running_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
      return status_;
    };
  }
  void close() { set_open(false); }
  void open() { set_open(true); }
  void wait_until_running(int calls) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_ >= calls; });
  }
  std::vector<int64_t> rows() {
    std::lock_guard lock(mutex_);
    return rows_;
  }
  void fail(absl::Status status) { status_ = std::move(status); }

 private:
  void set_open(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int running_ = 0;
  std::vector<int64_t> rows_;
  absl::Status status_;
};

// Jobs that other threads wait for.
class Submitter {
 public:
  explicit Submitter(Batcher& batcher) : batcher_(batcher) {}

  std::future<absl::Status> submit(int64_t rows, Clock::duration time = 1h) {
    auto job = std::make_unique<Job>();
    job->rows = rows;
    job->deadline = Clock::now() + time;
    return std::async(std::launch::async,
                      [&batcher = batcher_, job = std::move(job)] { return batcher.run(*job); });
  }
  // As submit(); returns when the job is in the queue, where it stays: all workers are busy.
  std::future<absl::Status> enqueue(int64_t rows) {
    size_t before = batcher_.waiting();
    auto result = submit(rows);
    while (batcher_.waiting() == before) std::this_thread::yield();
    return result;
  }

 private:
  Batcher& batcher_;
};

TEST(Batcher, JobsThatWaitShareACallInTheirOrder) {
  Calls calls;
  calls.close();
  Batcher batcher({.capacity = 4}, [&] { return calls.worker(); });
  Submitter submitter(batcher);
  auto first = submitter.submit(1);
  calls.wait_until_running(1);
  // While the first runs: 2 and 1 fit together, 3 does not any more, and 1 does not overtake it.
  std::vector<std::future<absl::Status>> rest;
  for (int64_t rows : {2, 1, 3, 1}) rest.push_back(submitter.enqueue(rows));
  calls.open();
  EXPECT_TRUE(first.get().ok());
  for (auto& result : rest) EXPECT_TRUE(result.get().ok());
  EXPECT_THAT(calls.rows(), ElementsAre(1, 3, 4));
}

TEST(Batcher, AFullCallDoesNotWait) {
  Calls calls;
  Batcher batcher({.capacity = 3, .max_delay = 1h}, [&] { return calls.worker(); });
  Submitter submitter(batcher);
  auto a = submitter.submit(2), b = submitter.submit(1);
  EXPECT_EQ(a.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(b.wait_for(10s), std::future_status::ready);
  EXPECT_THAT(calls.rows(), ElementsAre(3));
}

TEST(Batcher, ACallThatIsNotFullStartsWhenItsFirstJobHasWaitedLongEnough) {
  Calls calls;
  Batcher batcher({.workers = 2, .capacity = 100, .max_delay = 200ms},
                  [&] { return calls.worker(); });
  Submitter submitter(batcher);
  Clock::time_point start = Clock::now();
  auto a = submitter.submit(1), b = submitter.submit(1);
  EXPECT_TRUE(a.get().ok());
  EXPECT_GE(Clock::now() - start, 200ms);
  EXPECT_TRUE(b.get().ok());
  EXPECT_THAT(calls.rows(), ElementsAre(2));
}

TEST(Batcher, WhatDoesNotFitIsTakenByAnotherWorker) {
  Calls calls;
  calls.close();
  Batcher batcher({.workers = 2, .capacity = 4, .max_delay = 20ms}, [&] { return calls.worker(); });
  Submitter submitter(batcher);
  auto a = submitter.submit(3), b = submitter.submit(3);
  calls.wait_until_running(2);
  calls.open();
  EXPECT_TRUE(a.get().ok());
  EXPECT_TRUE(b.get().ok());
  EXPECT_THAT(calls.rows(), ElementsAre(3, 3));
}

TEST(Batcher, RefusesJobsWhenTooManyWait) {
  Calls calls;
  calls.close();
  Batcher batcher({.max_waiting = 1}, [&] { return calls.worker(); });
  Submitter submitter(batcher);
  auto running = submitter.submit(1);
  calls.wait_until_running(1);
  auto waiting = submitter.enqueue(1);
  absl::Status refused = submitter.submit(1).get();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("1 requests are waiting"));
  calls.open();
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(waiting.get().ok());
}

TEST(Batcher, AJobWhoseTimeIsUpLeavesTheQueue) {
  Calls calls;
  calls.close();
  Batcher batcher({.capacity = 8}, [&] { return calls.worker(); });
  Submitter submitter(batcher);
  auto running = submitter.submit(1);
  calls.wait_until_running(1);
  EXPECT_EQ(submitter.submit(5, 30ms).get().code(), absl::StatusCode::kDeadlineExceeded);
  auto next = submitter.submit(2);
  calls.open();
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(next.get().ok());
  EXPECT_THAT(calls.rows(), ElementsAre(1, 2));
}

TEST(Batcher, AJobThatRunsIsWaitedForBeyondItsTime) {
  Calls calls;
  calls.close();
  Batcher batcher({}, [&] { return calls.worker(); });
  auto running = Submitter(batcher).submit(1, 50ms);
  calls.wait_until_running(1);
  std::this_thread::sleep_for(100ms);
  calls.open();
  EXPECT_TRUE(running.get().ok());
}

TEST(Batcher, JobsMayHaveCallsOfTheirOwn) {
  Calls calls;
  calls.close();
  Batcher batcher({.capacity = 4, .max_jobs = 1, .max_delay = 1h}, [&] { return calls.worker(); });
  Submitter submitter(batcher);
  auto first = submitter.submit(2);
  calls.wait_until_running(1);
  std::vector<std::future<absl::Status>> rest;
  for (int64_t rows : {1, 1, 4}) rest.push_back(submitter.enqueue(rows));
  calls.open();
  EXPECT_TRUE(first.get().ok());
  for (auto& result : rest) EXPECT_TRUE(result.get().ok());
  EXPECT_THAT(calls.rows(), ElementsAre(2, 1, 1, 4));
}

TEST(Batcher, RefusesAJobThatNoCallHolds) {
  Calls calls;
  Batcher batcher({.capacity = 2}, [&] { return calls.worker(); });
  absl::Status refused = Submitter(batcher).submit(3, 1s).get();
  EXPECT_EQ(refused,
            absl::InvalidArgumentError("the request has 3 rows, a call of this model has 2"));
  EXPECT_THAT(calls.rows(), ElementsAre());
}

TEST(Batcher, WorkersThatCannotStartTakeTheOthersAlong) {
  Calls calls;
  int workers = 0;
  auto third_fails = [&] {
    if (++workers == 3)
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    return calls.worker();
  };
  EXPECT_THROW(Batcher({.workers = 4}, third_fails), std::system_error);
  EXPECT_EQ(workers, 3);
}

TEST(Batcher, AFailedCallFailsItsJobsAlone) {
  Calls calls;
  calls.fail(absl::InternalError("no"));
  Batcher batcher({}, [&] { return calls.worker(); });
  EXPECT_EQ(Submitter(batcher).submit(1).get(), absl::InternalError("no"));
  calls.fail(absl::OkStatus());
  EXPECT_TRUE(Submitter(batcher).submit(1).get().ok());
}

TEST(Batcher, ManyThreadsGetTheirOwnResults) {
  constexpr int kThreads = 8, kJobs = 300;
  Batcher batcher({.workers = 2, .capacity = 5, .max_delay = 100us}, [] {
    return [](std::span<Job* const> jobs) {
      for (Job* job : jobs) job->outputs = {{job->inputs[0].begin(), job->inputs[0].end()}};
      return absl::OkStatus();
    };
  });
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kJobs; ++i) {
        auto value = static_cast<std::byte>(t * 31 + i);
        Job job{.rows = 1 + (t + i) % 5, .inputs = {{&value, 1}}};
        if (!batcher.run(job).ok() || job.outputs[0][0] != value) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace server
