// Runs a compiled program. A session is one caller's: it owns the scratch memory of a call and what
// was computed ahead from state, so that a run allocates nothing and takes no lock.
#ifndef ETCH_RUNTIME_SESSION_H_
#define ETCH_RUNTIME_SESSION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/abi.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/profile.h"
#include "etch/runtime/program.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

struct SessionOptions {
  // Runs the kernels. Not owned; must outlive the session. Null: default_executor().
  Executor* executor = nullptr;
  // Measures each launch (profile()). Costs two looks at the clock per launch; a branch when off.
  bool profile = false;
  // Notes what each thread does when. Not owned; must outlive the session. Null: nothing is noted.
  LaunchTrace* trace = nullptr;
  // Bounds the session's memory together with whatever else has the budget. Null: no bound.
  std::shared_ptr<MemoryBudget> budget = nullptr;
};

// How a run may end before it is done. Looked at between kernels: a run that is told to stop does
// within the time of its longest kernel.
struct RunOptions {
  // Ends the run with CANCELLED once true, from whichever thread. Not owned. Null: nobody cancels.
  const std::atomic<bool>* cancel = nullptr;
  // Ends it with DEADLINE_EXCEEDED once past.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  bool has_deadline() const { return deadline != std::chrono::steady_clock::time_point::max(); }
  bool can_stop() const { return cancel != nullptr || has_deadline(); }
};

class DerivedMemory;

// Threads: one run at a time; a second one meanwhile is refused, not raced. Several sessions may
// share a program and an executor.
class Session {
 public:
  using Options = SessionOptions;

  // Allocates the arena and the derived memory of `program`, which the session keeps alive.
  // Errors: INVALID_ARGUMENT when `program` is null or inconsistent (no entry, an index out of
  // range); RESOURCE_EXHAUSTED when memory is short or the budget spent.
  static absl::StatusOr<std::unique_ptr<Session>> create(
      std::shared_ptr<const CompiledProgram> program, const Options& options = {});

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs the program once. `inputs` and `results` are the buffers in the order of the program's
  // signature, dense row-major, each aligned to kBufferAlignment and never null, not even for a
  // tensor without elements; Storage satisfies this. Their sizes are the caller's promise.
  //
  // A result may be the buffer of the input that it donates (ValueInfo::donated_input). No other
  // two may overlap where one of them is a result.
  //
  // `versions`, when given, has one stamp for each input. It spares the recomputation of derived
  // memory: of `prepare` only those launches run whose inputs have another stamp or address than at
  // the last run. So equal stamps promise equal contents; take them from next_version(). Stamps of
  // inputs other than the program's `prepare_inputs` are not looked at. Without `versions`, prepare
  // runs at every call.
  //
  // Errors: INVALID_ARGUMENT for a wrong count, a null or a misaligned buffer (the message names
  // it); FAILED_PRECONDITION when another thread is in run(), or a kernel's caller called it
  // again; CANCELLED and DEADLINE_EXCEEDED as `options` say. After an error no buffer has been
  // touched, but for these two: then the results have unspecified contents, and with them the
  // inputs that they donate.
  absl::Status run(std::span<const void* const> inputs, std::span<void* const> results,
                   std::span<const uint64_t> versions = {}, const RunOptions& options = {});

  // Makes the next run compute the derived memory anew.
  void invalidate_derived();

  const CompiledProgram& program() const { return *program_; }
  Executor* executor() const { return executor_; }

  // Time by launch, in the order of CompiledProgram::launches and prepare_launches; the former zero
  // unless Options::profile. Not while run() is in progress.
  const std::vector<LaunchProfile>& profile() const { return profile_; }
  const std::vector<LaunchProfile>& prepare_profile() const { return prepare_profile_; }
  void reset_profile();

  // How often `prepare` has run, or a part of it.
  int64_t prepare_calls() const { return prepare_calls_; }
  // Bytes of the arena and the derived memory together.
  int64_t memory_bytes() const;

 private:
  friend class ProgramRunner;

  Session(std::shared_ptr<const CompiledProgram> program, const Options& options);

  // Without derived memory of its own.
  static absl::StatusOr<std::unique_ptr<Session>> create_bare(
      std::shared_ptr<const CompiledProgram> program, const Options& options);
  absl::Status check(std::span<const void* const> inputs, std::span<void* const> results,
                     std::span<const uint64_t> versions) const;
  void refresh_derived(std::span<const uint64_t> versions);
  // On derived memory that is current for `inputs`; null where the program has none.
  absl::Status run_on(DerivedMemory* derived, std::span<const void* const> inputs,
                      std::span<void* const> results, const RunOptions& options);
  void bind(std::span<const void* const> inputs, std::span<void* const> results);
  absl::Status execute(char* derived, const RunOptions& options);

  const std::shared_ptr<const CompiledProgram> program_;
  Executor* const executor_;
  const bool profiling_;
  LaunchTrace* const trace_;
  std::shared_ptr<Storage> arena_;
  std::shared_ptr<DerivedMemory> derived_;  // null where nothing is prepared
  std::vector<void*> buffers_;
  std::vector<const void*> sources_;  // addresses of the prepare inputs at the last run
  std::vector<LaunchProfile> profile_;
  std::vector<LaunchProfile> prepare_profile_;
  int64_t prepare_calls_ = 0;
  std::atomic<bool> running_{false};
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_SESSION_H_
