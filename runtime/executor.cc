#include "etch/runtime/executor.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "etch/runtime/pool_helper.h"

namespace etch::runtime {
namespace {

constexpr auto kSpinTime = std::chrono::microseconds(30);
// A thread takes this part of what is left of a share.
constexpr int64_t kRangesOfRest = 3;

// Whether this thread is inside a parallel_for: further ones run inline.
thread_local bool inside_call = false;

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until `done()`, for at most kSpinTime. Returns whether it came true.
template <typename Done>
bool spin_until(Done done) {
  auto limit = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < 16; ++i) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < limit);
  return done();
}

}  // namespace

struct alignas(64) ThreadPool::Helper {
  int number = 0;
  Placement placement = {};
  Turn turn = {};
};

// One of the pool's places for a call in progress. `state` says who may touch the other members:
//
//   kFree --claim--> kClaimed --publish--> kClaimed|kOpen --close--> kClaimed --> kFree
//
// plus kHelper for each thread that has joined. A thread joins only while the call is open, and the
// caller frees the place once it is closed and the last helper has left, so the members are stable
// for whoever has joined. The places belong to the pool, so that a late look at `state` is
// harmless.
struct alignas(64) ThreadPool::Call {
  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kClaimed = 1;
  static constexpr uint32_t kOpen = 2;
  static constexpr uint32_t kHelper = 4;

  // A thread's share of the pieces, [next, end), on a cache line of its own.
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };

  std::atomic<uint32_t> state{kFree};
  int threads = 0;
  int core = -1;  // of the caller
  const RangeFunction* fn = nullptr;
  std::unique_ptr<Share[]> shares;

  void begin(int64_t pieces, const RangeFunction& function) {
    for (int i = 0; i < threads; ++i) {
      shares[i].next.store(pieces * i / threads, std::memory_order_relaxed);
      shares[i].end = pieces * (i + 1) / threads;
    }
    fn = &function;
    core = Placement::current_core();
    state.store(kClaimed | kOpen, std::memory_order_release);
  }

  bool join() {
    uint32_t seen = state.load(std::memory_order_relaxed);
    while ((seen & kOpen) != 0) {
      if (state.compare_exchange_weak(seen, seen + kHelper, std::memory_order_acquire)) return true;
    }
    return false;
  }

  void leave() {
    if (state.fetch_sub(kHelper, std::memory_order_release) == kClaimed + kHelper) {
      state.notify_all();
    }
  }

  // Takes a range of a share: large ones first, single pieces at the end. False when none is left.
  static bool take(Share& share, int64_t& begin, int64_t& end) {
    begin = share.next.load(std::memory_order_relaxed);
    do {
      if (begin >= share.end) return false;
      end = begin + std::max<int64_t>(1, (share.end - begin) / kRangesOfRest);
    } while (!share.next.compare_exchange_weak(begin, end, std::memory_order_relaxed));
    return true;
  }

  // Works on the share `own`, then on those of others, until nothing is left or `is_over()` after a
  // range. Returns whether there was anything to do.
  template <typename IsOver>
  bool run_ranges(int own, IsOver is_over) {
    bool ran = false;
    int64_t begin = 0, end = 0;
    for (int i = 0; i < threads; ++i) {
      Share& share = shares[(own + i) % threads];
      while (take(share, begin, end)) {
        (*fn)(begin, end);
        ran = true;
        if (is_over()) return true;
      }
    }
    return ran;
  }

  void close() {
    state.fetch_and(~kOpen, std::memory_order_relaxed);
    auto alone = [&] { return state.load(std::memory_order_acquire) == kClaimed; };
    if (!spin_until(alone)) {
      for (uint32_t seen; (seen = state.load(std::memory_order_acquire)) != kClaimed;) {
        state.wait(seen, std::memory_order_acquire);
      }
    }
    state.store(kFree, std::memory_order_release);
  }
};

ThreadPool::ThreadPool(int threads) : calls_(std::make_unique<Call[]>(kMaxCalls)) {
  int helpers = std::max(0, threads - 1);
  for (int i = 0; i < kMaxCalls; ++i) {
    calls_[i].threads = helpers + 1;
    calls_[i].shares = std::make_unique<Call::Share[]>(helpers + 1);
  }
  threads_.reserve(helpers);
  helpers_ = std::make_unique<Helper[]>(helpers);
  for (int i = 0; i < helpers; ++i) {
    helpers_[i].number = i;
    try {
      threads_.emplace_back([this, i] { work(helpers_[i]); });
    } catch (const std::system_error&) {
      break;  // A limit on threads: go on with those that started.
    }
  }
}

ThreadPool::~ThreadPool() {
  stop_.store(true);
  epoch_.fetch_add(1);
  epoch_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

ThreadPool::Call* ThreadPool::claim() {
  for (int i = 0; i < kMaxCalls; ++i) {
    uint32_t expected = Call::kFree;
    if (calls_[i].state.load(std::memory_order_relaxed) == Call::kFree &&
        calls_[i].state.compare_exchange_strong(expected, Call::kClaimed,
                                                std::memory_order_acquire)) {
      return &calls_[i];
    }
  }
  return nullptr;
}

void ThreadPool::parallel_for(int64_t pieces, RangeFunction fn) {
  if (pieces <= 0) return;
  Call* call = pieces > 1 && !threads_.empty() && !inside_call ? claim() : nullptr;
  if (call == nullptr) return fn(0, pieces);

  call->begin(pieces, fn);
  // A thread going to sleep has seen the old epoch, so it either sees this change or is woken.
  epoch_.fetch_add(1);
  epoch_.notify_all();
  inside_call = true;
  call->run_ranges(0, [] { return false; });
  inside_call = false;
  call->close();
}

// Works on the open calls; returns whether there was anything to do.
bool ThreadPool::help(Helper& self) {
  bool ran = false, over = false;
  for (int i = 0; i < kMaxCalls && !over; ++i) {
    // Concurrent calls get different threads first.
    Call& call = calls_[(self.number + i) % kMaxCalls];
    if (!call.join()) continue;
    self.placement.leave(call.core);
    ran |= call.run_ranges(self.number + 1, [&] { return over = self.turn.is_over(); });
    call.leave();
  }
  if (over) self.turn.rest();
  return ran;
}

void ThreadPool::work(Helper& self) {
  inside_call = true;
  self.turn.begin();
  for (;;) {
    uint32_t seen = epoch_.load();
    if (stop_.load()) return;
    if (help(self)) continue;
    auto changed = [&] { return epoch_.load(std::memory_order_relaxed) != seen; };
    if (spin_until(changed)) continue;
    epoch_.wait(seen);
    self.turn.begin();
  }
}

}  // namespace etch::runtime
