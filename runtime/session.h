// Runs a compiled program. A session is one caller's: it owns the scratch memory of a call and what
// was computed ahead from state, so that a run allocates nothing and takes no lock.
#ifndef ETCH_RUNTIME_SESSION_H_
#define ETCH_RUNTIME_SESSION_H_

#include <atomic>
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
};

// Threads: one run at a time; a second one meanwhile is refused, not raced. Several sessions may
// share a program and an executor.
class Session {
 public:
  using Options = SessionOptions;

  // Allocates the arena and the derived memory of `program`, which the session keeps alive.
  // Errors: INVALID_ARGUMENT when `program` is null or inconsistent (no entry, an index out of
  // range); RESOURCE_EXHAUSTED when memory is short.
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
  // memory: `prepare` runs again only when a stamp or the address of one of the program's
  // `prepare_inputs` differs from those of the last run. So equal stamps promise equal contents;
  // take them from next_version(). Stamps of other inputs are not looked at. Without `versions`,
  // prepare runs at every call.
  //
  // Errors: INVALID_ARGUMENT for a wrong count, a null or a misaligned buffer (the message names
  // it); FAILED_PRECONDITION when another thread is in run(), or a kernel's caller called it
  // again. After an error no buffer has been touched.
  absl::Status run(std::span<const void* const> inputs, std::span<void* const> results,
                   std::span<const uint64_t> versions = {});

  // Makes the next run compute the derived memory anew.
  void invalidate_derived() { derived_valid_ = false; }

  const CompiledProgram& program() const { return *program_; }
  Executor* executor() const { return executor_; }

  // Time by launch, in the order of CompiledProgram::launches and prepare_launches; all zero
  // unless Options::profile. Not while run() is in progress.
  const std::vector<LaunchProfile>& profile() const { return profile_; }
  const std::vector<LaunchProfile>& prepare_profile() const { return prepare_profile_; }
  void reset_profile();

  // How often `prepare` has run.
  int64_t prepare_calls() const { return prepare_calls_; }
  // Bytes of the arena and the derived memory together.
  int64_t memory_bytes() const { return arena_->size() + derived_->size(); }

 private:
  // What the derived memory was computed from: one per prepare input.
  struct Source {
    const void* data = nullptr;
    uint64_t version = 0;
  };

  Session(std::shared_ptr<const CompiledProgram> program, const Options& options);

  static void launch(CallFrame* frame, int32_t index, KernelFunction kernel, void* const* buffers,
                     int64_t pieces);

  absl::Status check(std::span<const void* const> inputs, std::span<void* const> results,
                     std::span<const uint64_t> versions) const;
  bool derived_is_current(std::span<const uint64_t> versions) const;
  void prepare(CallFrame& frame, std::span<const uint64_t> versions);
  void run_pieces(KernelFunction kernel, void* const* buffers, int64_t pieces);
  void measure(int32_t index, KernelFunction kernel, void* const* buffers, int64_t pieces);

  const std::shared_ptr<const CompiledProgram> program_;
  Executor* const executor_;
  const bool profiling_;
  LaunchTrace* const trace_;
  std::shared_ptr<Storage> arena_;
  std::shared_ptr<Storage> derived_;
  std::vector<void*> buffers_;
  std::vector<Source> sources_;
  bool derived_valid_ = false;
  int64_t prepare_calls_ = 0;
  std::vector<LaunchProfile> profile_;
  std::vector<LaunchProfile> prepare_profile_;
  bool preparing_ = false;
  std::atomic<bool> running_{false};
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_SESSION_H_
