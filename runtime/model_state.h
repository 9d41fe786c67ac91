// The state of a model while many threads run on it: versions of all cells, of which one is
// current. Internal; not installed.
//
// A reader pins the current version and reads it for as long as it likes: it takes no lock, and
// what it sees never changes. Writers come one after another; each makes the next version out of
// one that nobody has pinned any more, and publishes it with one store. (docs/decisions/0031.)
#ifndef ETCH_RUNTIME_MODEL_STATE_H_
#define ETCH_RUNTIME_MODEL_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/derived_memory.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

// The value of a cell. Cells of several versions, and snapshots, share storage that did not change;
// who writes in place must be its only holder.
struct CellValue {
  std::shared_ptr<Storage> storage;
  uint64_t version = 0;  // next_version() of its last change
  // Pages of a file, which become memory of the process when they are written to.
  bool mapped = false;
};

// Whether `held` is the only holder, who may then write: what others did with it before they let go
// is done.
template <typename T>
bool is_sole(const std::shared_ptr<T>& held) {
  if (held.use_count() != 1) return false;
  std::atomic_thread_fence(std::memory_order_acquire);
  return true;
}

// What a program has computed from one version.
struct DerivedSlot {
  // Current for its version, or null until somebody needs it. Set under the writer's lock.
  std::atomic<DerivedMemory*> ready{nullptr};
  // Holds what `ready` points to, or memory of an older version that can be brought up to date.
  std::shared_ptr<DerivedMemory> memory;
};

struct StateVersion {
  explicit StateVersion(size_t programs) : derived(programs) {}

  std::vector<CellValue> cells;  // as in the manifest
  // For each cell storage that its next value may be written to, where nobody else holds it.
  std::vector<std::shared_ptr<Storage>> spares;
  std::vector<DerivedSlot> derived;  // by program
};

// A mutex that asks the system for nothing while nobody waits for it, and lets those who wait in as
// they came: who trains in a loop would always be first otherwise.
class WriterLock {
 public:
  void lock() {
    uint32_t ticket = tickets_.fetch_add(1, std::memory_order_relaxed);
    for (uint32_t served = served_.load(std::memory_order_acquire); served != ticket;
         served = served_.load(std::memory_order_acquire))
      served_.wait(served, std::memory_order_acquire);
  }
  void unlock() {
    served_.fetch_add(1, std::memory_order_release);
    served_.notify_all();
  }

 private:
  std::atomic<uint32_t> tickets_{0};
  std::atomic<uint32_t> served_{0};
};

class ModelState {
 public:
  // A session's pin.
  class Reader {
   public:
    explicit Reader(ModelState& state) : state_(state) { state_.add(*this); }
    ~Reader() { state_.remove(*this); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The current version, which stays as it is until unpin(). Takes no lock.
    StateVersion& pin();
    void unpin() { pinned_.store(nullptr, std::memory_order_release); }

   private:
    friend class ModelState;
    ModelState& state_;
    std::atomic<StateVersion*> pinned_{nullptr};
  };

  // The right to write, of one at a time.
  class Writer {
   public:
    explicit Writer(ModelState& state) : state_(state) {
      state_.writing_.lock();
      state_.writer_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    }
    ~Writer() {
      state_.writer_.store({}, std::memory_order_relaxed);
      state_.writing_.unlock();
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    StateVersion& current() const { return *state_.current_.load(std::memory_order_relaxed); }

    // Whether nobody but `reader` can see the current version, and nobody will meanwhile: then it
    // may be changed in place. Lets go of what older versions share with it.
    bool has_alone(const Reader& reader);

    // A copy of the current version, to be changed and published, or forgotten. Its cells share
    // storage with the current one; what the version had before it was used again are its spares.
    StateVersion& next();

    // Makes the version that next() gave the current one.
    void publish(StateVersion& version);

    // Gives back the memory of versions that nobody has pinned, but for `keep` of them.
    void trim(size_t keep);

   private:
    ModelState& state_;
  };

  ModelState(size_t programs, std::vector<CellValue> cells);

  // FAILED_PRECONDITION where this thread is a Writer already, further out on its stack: an
  // executor that calls the model from within a run that writes the state would wait for itself.
  absl::Status check_not_nested() const;

 private:
  void add(Reader& reader);
  void remove(Reader& reader);
  bool is_pinned(const StateVersion& version) const;
  StateVersion& unused();

  const size_t programs_;
  WriterLock writing_;
  std::atomic<std::thread::id> writer_{};
  std::atomic<StateVersion*> current_;
  // Under `writing_`.
  std::vector<Reader*> readers_;
  std::vector<std::unique_ptr<StateVersion>>
      versions_;  // the current one, pinned ones, unused ones
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_MODEL_STATE_H_
