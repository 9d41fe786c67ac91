#include "connection_threads.h"

#include <exception>
#include <new>
#include <utility>

namespace server {

ConnectionThreads::ConnectionThreads(size_t max_threads) : max_threads_(max_threads) {
  threads_.reserve(max_threads);
}

void ConnectionThreads::enqueue(std::function<void()> serve) {
  std::unique_lock lock(mutex_);
  auto is_idle = [&] { return idle_ > queue_.size(); };
  has_room_.wait(lock, [&] { return is_idle() || threads_.size() < max_threads_; });
  // A new thread is not idle yet; what is queued here is its first.
  bool is_served = is_idle() || start_thread();
  if (!is_served && !threads_.empty()) {
    has_room_.wait(lock, is_idle);
    is_served = true;
  }
  try {
    if (is_served) {
      queue_.push_back(std::move(serve));
      has_work_.notify_one();
      return;
    }
  } catch (const std::bad_alloc&) {
    // push_back() has not taken it.
  }
  lock.unlock();
  serve();
}

bool ConnectionThreads::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
    return true;
  } catch (const std::exception&) {  // of the system's threads, or of memory
    return false;
  }
}

void ConnectionThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    has_room_.notify_one();
    has_work_.wait(lock, [&] { return !queue_.empty() || stopping_; });
    --idle_;
    if (queue_.empty()) return;
    std::function<void()> serve = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    serve();
    lock.lock();
  }
}

void ConnectionThreads::shutdown() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace server
