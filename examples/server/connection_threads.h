// The threads that serve connections, one each.
#ifndef ETCH_EXAMPLES_SERVER_CONNECTION_THREADS_H_
#define ETCH_EXAMPLES_SERVER_CONNECTION_THREADS_H_

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace server {

// Starts a thread when a connection comes and none is idle. With `max_threads` connections open,
// enqueue() waits: further ones stay in the kernel's queue, where they cost nothing. (cpp-httplib's
// own pool queues them without end.) It does so too when the system has no more threads, and where
// there is none at all it serves the connection itself.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(size_t max_threads);

  // `serve` may not throw; this does not either.
  void enqueue(std::function<void()> serve) override;
  // Returns when all connections are closed.
  void shutdown() override;

 private:
  void work();
  bool start_thread();

  const size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable has_work_, has_room_;
  std::deque<std::function<void()>> queue_;
  size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace server

#endif  // ETCH_EXAMPLES_SERVER_CONNECTION_THREADS_H_
