#include "batcher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace server {

Batcher::Batcher(const BatchOptions& options, const std::function<RunJobs()>& make_worker)
    : options_(options) {
  try {
    for (int i = 0; i < options.workers; ++i)
      threads_.emplace_back([this, run_jobs = make_worker()] { work(run_jobs); });
  } catch (...) {
    stop();
    throw;
  }
}

Batcher::~Batcher() { stop(); }

void Batcher::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Batcher::run(Job& job) {
  // It would wait at the head of the queue for a call that cannot come.
  if (job.rows > options_.capacity)
    return absl::InvalidArgumentError(absl::StrCat(
        "the request has ", job.rows, " rows, a call of this model has ", options_.capacity));
  Entry entry{&job, Clock::now()};
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= options_.max_waiting)
    return absl::ResourceExhaustedError(
        absl::StrCat(waiting_.size(), " requests are waiting for this model; try again later"));
  waiting_.push_back(&entry);
  waiting_rows_ += job.rows;
  arrived_.notify_one();

  auto has_left = [&] { return entry.state != Entry::kWaiting; };
  // A deadline of "never" overflows in wait_until.
  if (job.deadline == Clock::time_point::max()) {
    entry.changed.wait(lock, has_left);
  } else if (!entry.changed.wait_until(lock, job.deadline, has_left)) {
    std::erase(waiting_, &entry);
    waiting_rows_ -= job.rows;
    return absl::DeadlineExceededError("the request's time was up before the model was free");
  }
  // What runs uses the job until it is done.
  entry.changed.wait(lock, [&] { return entry.state == Entry::kDone; });
  return entry.status;
}

size_t Batcher::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Batcher::work(const RunJobs& run_jobs) {
  std::unique_lock lock(mutex_);
  while (wait_for_batch(lock)) {
    std::vector<Entry*> batch = take_batch();
    lock.unlock();
    std::vector<Job*> jobs;
    for (Entry* entry : batch) jobs.push_back(entry->job);
    absl::Status status = run_jobs(jobs);
    lock.lock();
    for (Entry* entry : batch) {
      entry->status = status;
      entry->state = Entry::kDone;
      // Still locked: the entry goes with the thread that wakes.
      entry->changed.notify_one();
    }
  }
}

// Until a call is full, or its first job has waited long enough. False at the end.
bool Batcher::wait_for_batch(std::unique_lock<std::mutex>& lock) {
  while (true) {
    if (waiting_.empty()) {
      if (stopping_) return false;
      arrived_.wait(lock);
      continue;
    }
    Clock::time_point start = waiting_.front()->arrival + options_.max_delay;
    bool is_full = waiting_rows_ >= options_.capacity || waiting_.size() >= options_.max_jobs;
    if (is_full || stopping_ || Clock::now() >= start) return true;
    arrived_.wait_until(lock, start);
  }
}

std::vector<Batcher::Entry*> Batcher::take_batch() {
  std::vector<Entry*> batch;
  int64_t rows = 0;
  while (!waiting_.empty() && batch.size() < options_.max_jobs &&
         rows + waiting_.front()->job->rows <= options_.capacity) {
    Entry* entry = waiting_.front();
    waiting_.pop_front();
    rows += entry->job->rows;
    entry->state = Entry::kRunning;
    batch.push_back(entry);
  }
  waiting_rows_ -= rows;
  // What did not fit may have been told to this worker alone.
  if (!waiting_.empty()) arrived_.notify_one();
  return batch;
}

}  // namespace server
