// Gathers jobs into calls: dynamic batching with a bound on what it adds to a job's latency.
#ifndef ETCH_EXAMPLES_SERVER_BATCHER_H_
#define ETCH_EXAMPLES_SERVER_BATCHER_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "job.h"

namespace server {

struct BatchOptions {
  int workers = 1;
  // Rows and jobs of a call: jobs go together while they fit.
  int64_t capacity = 1;
  size_t max_jobs = std::numeric_limits<size_t>::max();
  // How long a job may wait for others to fill its call. A full call starts at once.
  std::chrono::microseconds max_delay{0};
  // Jobs that may wait for a worker; more are refused.
  size_t max_waiting = 256;
};

// Jobs leave in the order in which they came. Threads: run() may be called from any.
class Batcher {
 public:
  // Runs jobs together, one or more, as many as the options allow; on a worker's own thread.
  using RunJobs = std::function<absl::Status(std::span<Job* const> jobs)>;

  // `make_worker` is called once for each worker, before this returns. Throws what it throws, and
  // std::system_error when the system has no thread for a worker.
  Batcher(const BatchOptions& options, const std::function<RunJobs()>& make_worker);
  // No run() may be in progress.
  ~Batcher();

  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  // Returns when `job` is done.
  //
  // Errors: INVALID_ARGUMENT when it has more rows than a call; RESOURCE_EXHAUSTED when too many
  // jobs are waiting; DEADLINE_EXCEEDED when the job's deadline came before its turn; else what
  // RunJobs returned for the call that it was part of.
  absl::Status run(Job& job);

  // Jobs whose call has not begun.
  size_t waiting() const;

 private:
  // A job and the thread that waits for it.
  struct Entry {
    Job* job;
    Clock::time_point arrival;
    std::condition_variable changed = {};
    enum { kWaiting, kRunning, kDone } state = kWaiting;
    absl::Status status = {};
  };

  void stop();
  void work(const RunJobs& run_jobs);
  bool wait_for_batch(std::unique_lock<std::mutex>& lock);
  std::vector<Entry*> take_batch();

  const BatchOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Entry*> waiting_;
  int64_t waiting_rows_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_BATCHER_H_
