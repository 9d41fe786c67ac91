// Who runs the pieces of a kernel: an interface that a host implements over its own threads, and
// the thread pool that Etch uses when the host has no wish.
#ifndef ETCH_RUNTIME_EXECUTOR_H_
#define ETCH_RUNTIME_EXECUTOR_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

namespace etch::runtime {

// A reference to a callable `void(int64_t begin, int64_t end)`. Two pointers; owns nothing, so the
// callable must outlive the call that it is passed to. The callable must not throw.
class RangeFunction {
 public:
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, RangeFunction> &&
           std::is_invocable_v<F&, int64_t, int64_t>)
      RangeFunction(F&& fn)  // NOLINT: implicit, so that a lambda can be passed
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(fn)))),
        call_([](void* object, int64_t begin, int64_t end) {
          (*static_cast<std::remove_reference_t<F>*>(object))(begin, end);
        }) {}

  void operator()(int64_t begin, int64_t end) const { call_(object_, begin, end); }

 private:
  void* object_;
  void (*call_)(void* object, int64_t begin, int64_t end);
};

// Runs the pieces of one kernel after another. An adapter over a host's own pool (oneTBB, a task
// system) implements the two functions; Etch then starts no thread.
//
// Implementations must allow calls from several threads at a time, and calls from within `fn`.
class Executor {
 public:
  virtual ~Executor() = default;

  // How many threads may work on one call, the caller's included; at least 1.
  virtual int concurrency() const = 0;

  // Calls `fn` on ranges that together cover [0, pieces), each piece once, from any threads and in
  // any order; returns when all are done, and what they wrote is visible to the caller. Does
  // nothing when `pieces` is 0 or less.
  virtual void parallel_for(int64_t pieces, RangeFunction fn) = 0;
};

// A fixed set of threads that share each call with its caller.
//
// Of each call a thread has an even share of pieces that lie beside each other, the same for all
// calls: what it wrote in one kernel it likely reads in the next, from its own cache. It takes a
// third of what is left of its share at a time, single pieces at the end, then helps the others
// with theirs, so that threads finish together and one that loses its core to a neighbour delays
// the call by one range. An idle thread spins for some microseconds, since the next kernel of a
// program follows at once, then sleeps in the kernel. (pool_helper.h: how helpers live with other
// programs on the machine.)
//
// parallel_for() allocates nothing and takes no lock. Concurrent callers share the threads; should
// more than kMaxCalls of them meet, the others run alone on their own threads. A nested call runs
// inline on the thread that made it. `fn` must not throw.
//
// After fork() the child has none of the threads: calls run on the caller alone.
class ThreadPool : public Executor {
 public:
  static constexpr int kMaxCalls = 8;

  // `threads` includes the caller's: 1 starts none, and so does anything below. Where the system
  // refuses a thread, the pool does with those it has; concurrency() tells.
  explicit ThreadPool(int threads);

  // Must not run while a call is in progress.
  ~ThreadPool() override;

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int concurrency() const override { return static_cast<int>(threads_.size()) + 1; }
  void parallel_for(int64_t pieces, RangeFunction fn) override;

 private:
  struct Call;
  struct Helper;

  void work(Helper& self);
  bool help(Helper& self);
  Call* claim();

  std::unique_ptr<Call[]> calls_;
  // Counts the calls begun; idle threads watch it.
  alignas(64) std::atomic<uint32_t> epoch_{0};
  std::atomic<bool> stop_{false};
  std::unique_ptr<Helper[]> helpers_;  // what each thread knows of itself
  std::vector<std::thread> threads_;
};

// The pool that sessions share unless they are given an executor. It is made on first use and lives
// until the process ends. Its size is the value of the environment variable ETCH_NUM_THREADS, read
// then; without it, physical_cores().
Executor* default_executor();

// Cores that this process may use: those of its affinity mask, hyperthreads of one core counted
// once, and no more than the CPU quota of its control group. At least 1.
int physical_cores();

// Most threads that a pool is asked for from outside.
inline constexpr int kMaxThreads = 1024;

// The rule for ETCH_NUM_THREADS: a decimal number from 1 to kMaxThreads, digits only. Anything else
// (empty, 0, a sign, white space, a larger number) is ignored: nullopt.
std::optional<int> parse_num_threads(std::string_view text);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_EXECUTOR_H_
