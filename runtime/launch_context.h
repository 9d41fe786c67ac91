// Runs the launches of a call of compiled code: hands them to an executor, measures them, leaves
// them out. Internal; not installed.
#ifndef ETCH_RUNTIME_LAUNCH_CONTEXT_H_
#define ETCH_RUNTIME_LAUNCH_CONTEXT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "etch/runtime/abi.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/profile.h"
#include "etch/runtime/program.h"
#include "etch/runtime/session.h"

namespace etch::runtime {

// Of one call, by its thread.
class LaunchContext {
 public:
  // `launches` are those of `entry`, which run() calls.
  LaunchContext(const std::shared_ptr<const CompiledProgram>& program, EntryFunction entry,
                const std::vector<LaunchInfo>& launches, Executor& executor)
      : program_(program), entry_(entry), launches_(launches), executor_(executor) {}

  // As long as `launches`; null: nothing is measured.
  std::vector<LaunchProfile>* profile = nullptr;
  LaunchTrace* trace = nullptr;
  // As long as `launches`: those to run; null: all.
  const std::vector<char>* wanted = nullptr;
  // May end the call between two launches; null: nothing does.
  const RunOptions* options = nullptr;

  // Errors: CANCELLED and DEADLINE_EXCEEDED as `options` say. What the code writes then has
  // unspecified contents.
  absl::Status run(void* const* buffers, char* arena, char* derived);

 private:
  enum Stop : int64_t { kGoesOn = 0, kCancelled, kTooLate };

  static void launch(CallFrame* frame, int32_t index, KernelFunction kernel, void* const* buffers,
                     int64_t pieces);
  Stop stop() const;
  void measure(size_t index, KernelFunction kernel, void* const* buffers, int64_t pieces);
  void run_pieces(KernelFunction kernel, void* const* buffers, int64_t pieces);

  const std::shared_ptr<const CompiledProgram>& program_;
  const EntryFunction entry_;
  const std::vector<LaunchInfo>& launches_;
  Executor& executor_;
  int64_t done_ = 0;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_LAUNCH_CONTEXT_H_
