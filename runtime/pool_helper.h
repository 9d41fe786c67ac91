// How a helper of the thread pool lives with other programs on the machine.
#ifndef ETCH_RUNTIME_POOL_HELPER_H_
#define ETCH_RUNTIME_POOL_HELPER_H_

#include <chrono>
#include <cstdint>
#include <memory>

namespace etch::runtime {

// Keeps a thread off the core of the one that it helps. The system wakes a thread where it ran last
// or beside whoever wakes it, and where every core has something to do it takes many milliseconds
// to find that two threads of one process share one. Linux only; elsewhere it does nothing.
class Placement {
 public:
  // Of the calling thread, which stays among the cores that it may run on; setting others from
  // outside holds from then on.
  Placement();
  ~Placement();

  // The core of the calling thread; -1 where that is not known.
  static int current_core();
  // Moves the calling thread elsewhere if it is on `core`, and keeps it away from there until it
  // meets whom it helps on another one.
  void leave(int core);

 private:
  using Clock = std::chrono::steady_clock;
  struct Cores;
  std::unique_ptr<Cores> cores_;
  Clock::time_point next_move_ = {};
};

// When a helper hands its core on. Where another process wants the same core, the system takes it
// away in the midst of a range, and for the milliseconds of that process's turn all threads of a
// call wait for this range. A helper to which that has happened goes to sleep between ranges before
// its time is up: the other process has its turn then, while nobody waits, and the system owes the
// helper what it did not use.
class Turn {
 public:
  Turn() { begin(); }

  // After a sleep.
  void begin();
  // After a range of pieces; true when the turn is over: leave the call, then rest().
  bool is_over();
  void rest();

 private:
  using Clock = std::chrono::steady_clock;

  void look(Clock::time_point now);

  Clock::time_point begin_ = {}, looked_ = {}, contended_until_ = {};
  std::chrono::nanoseconds worked_{0};  // processor time of this thread at the last look
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_POOL_HELPER_H_
