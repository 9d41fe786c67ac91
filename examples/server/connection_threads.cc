#include "connection_threads.h"

#include <system_error>
#include <utility>

namespace server {

void ConnectionThreads::enqueue(std::function<void()> serve) {
  std::unique_lock lock(mutex_);
  has_room_.wait(lock, [&] { return idle_ > queue_.size() || threads_.size() < max_threads_; });
  queue_.push_back(std::move(serve));
  if (idle_ < queue_.size()) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // No more threads from the system: the connection waits for one that becomes idle.
      if (threads_.empty()) throw;
    }
  }
  has_work_.notify_one();
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
