#include "etch/nn/data/prefetcher.h"

#include <algorithm>
#include <utility>

namespace etch::nn::data {

Prefetcher::Prefetcher(Make make, const Options& options)
    : make_(std::move(make)),
      ahead_(std::max(options.ahead, options.workers)),
      next_to_make_(options.first),
      next_to_take_(options.first),
      end_(options.end) {
  int64_t workers = std::min(options.workers, options.end - options.first);
  for (int64_t i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
}

Prefetcher::~Prefetcher() {
  stop_.request_stop();
  {
    // So that no thread is between looking at the stop and going to sleep.
    std::lock_guard<std::mutex> lock(mutex_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Prefetcher::Made Prefetcher::make_one(int64_t number) const {
  try {
    return {make_(number, stop_.get_token()), nullptr};
  } catch (...) {
    return {nullptr, std::current_exception()};
  }
}

void Prefetcher::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] {
      return stop_.stop_requested() || next_to_make_ >= end_ ||
             next_to_make_ < next_to_take_ + ahead_;
    });
    if (stop_.stop_requested() || next_to_make_ >= end_) return;
    int64_t number = next_to_make_++;
    lock.unlock();
    Made made = make_one(number);
    lock.lock();
    if (made.item == nullptr) end_ = std::min(end_, number + 1);
    made_.emplace(number, std::move(made));
    changed_.notify_all();
  }
}

Prefetcher::Item Prefetcher::next() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (next_to_take_ >= end_) return nullptr;
  int64_t number = next_to_take_;
  Made made;
  if (threads_.empty()) {
    lock.unlock();
    made = make_one(number);
    lock.lock();
  } else {
    changed_.wait(lock, [&] { return made_.contains(number); });
    made = std::move(made_.extract(number).mapped());
  }
  ++next_to_take_;
  if (made.item == nullptr) end_ = next_to_take_;
  changed_.notify_all();
  if (made.error) std::rethrow_exception(made.error);
  return std::move(made.item);
}

}  // namespace etch::nn::data
