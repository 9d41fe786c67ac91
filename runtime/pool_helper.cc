#include "etch/runtime/pool_helper.h"

#include <sched.h>
#include <time.h>

#include <optional>
#include <thread>

namespace etch::runtime {
namespace {

// A helper whose two callers run on two cores would otherwise go to and fro.
constexpr auto kBetweenMoves = std::chrono::milliseconds(2);

// Shorter than what the system grants at a time, which is 3 to 4 milliseconds and ends at its tick.
constexpr auto kTurn = std::chrono::microseconds(1000);
constexpr auto kRest = std::chrono::microseconds(50);
// How often a helper looks at its processor time, how much has to be missing to tell another
// process from an interrupt, and how long that is remembered.
constexpr auto kBetweenLooks = std::chrono::microseconds(300);
constexpr auto kLost = std::chrono::microseconds(500);
constexpr auto kMemory = std::chrono::milliseconds(200);

// Of the calling thread; nothing where there is no such clock.
std::optional<std::chrono::nanoseconds> processor_time() {
  timespec time = {};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

#if defined(__linux__)

struct Placement::Cores {
  cpu_set_t allowed;
  cpu_set_t taken;  // what leave() has left of them
};

Placement::Placement() : cores_(std::make_unique<Cores>()) { CPU_ZERO(&cores_->taken); }

int Placement::current_core() { return sched_getcpu(); }

void Placement::leave(int core) {
  if (core < 0 || core >= CPU_SETSIZE || sched_getcpu() != core) return;
  Clock::time_point now = Clock::now();
  if (now < next_move_) return;
  next_move_ = now + kBetweenMoves;
  // Whoever has said something else in between, the program or its administrator, is obeyed.
  cpu_set_t now_allowed;
  CPU_ZERO(&now_allowed);
  if (sched_getaffinity(0, sizeof now_allowed, &now_allowed) != 0) return;
  if (!CPU_EQUAL(&now_allowed, &cores_->taken)) cores_->allowed = now_allowed;
  cpu_set_t others = cores_->allowed;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0) return;
  cores_->taken = others;
}

#else

struct Placement::Cores {};

Placement::Placement() = default;
int Placement::current_core() { return -1; }
void Placement::leave(int) {}

#endif

Placement::~Placement() = default;

void Turn::begin() {
  begin_ = looked_ = Clock::now();
  worked_ = processor_time().value_or(std::chrono::nanoseconds(0));
}

void Turn::look(Clock::time_point now) {
  std::optional<std::chrono::nanoseconds> worked = processor_time();
  if (!worked) return;
  std::chrono::nanoseconds lost = now - looked_ - (*worked - worked_);
  looked_ = now;
  worked_ = *worked;
  if (lost <= kLost) return;
  contended_until_ = now + kMemory;
  begin_ = now - kTurn;  // of the turn that the system has just granted some may be over
}

bool Turn::is_over() {
  Clock::time_point now = Clock::now();
  if (now - looked_ > kBetweenLooks) look(now);
  return now < contended_until_ && now - begin_ >= kTurn;
}

void Turn::rest() {
  std::this_thread::sleep_for(kRest);
  begin();
}

}  // namespace etch::runtime
