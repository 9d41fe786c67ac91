// Where the time of a program goes: by kernel, from what a session has measured
// (SessionOptions::profile), and as a timeline of threads (SessionOptions::trace).
//
//   etch::runtime::LaunchTrace trace;
//   auto session = etch::runtime::Session::create(program, {.profile = true, .trace = &trace});
//   ...
//   for (const auto& kernel : etch::runtime::kernel_profiles((*session)->program(),
//                                                            (*session)->profile(),
//                                                            (*session)->prepare_profile())) ...
//   absl::Status status = trace.write("step.json");
#ifndef ETCH_RUNTIME_PROFILE_H_
#define ETCH_RUNTIME_PROFILE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "etch/runtime/program.h"

namespace etch::runtime {

// What the launches of one kernel took, by the wall clock.
struct LaunchProfile {
  int64_t calls = 0;
  int64_t nanoseconds = 0;  // in total
};

// All launches of one kernel. Operations and bytes are those of all calls together; they are what
// the program asks for (LaunchInfo), so that padding and repeated work show as a lower rate.
struct KernelProfile {
  std::string kernel;
  std::string path;       // module path; "h.*.attn" where several modules share the kernel
  bool prepares = false;  // runs only when state has changed
  int32_t launches = 0;   // of one run
  LaunchProfile total;
  int64_t operations = 0;
  int64_t bytes = 0;
};

// The longest first. `launches` and `prepares` are what sessions have measured, in the order of the
// program's launches and prepare_launches.
std::vector<KernelProfile> kernel_profiles(const CompiledProgram& program,
                                           std::span<const LaunchProfile> launches,
                                           std::span<const LaunchProfile> prepares);

// Paths that differ in some places as one: "h.*.attn" for "h.0.attn" and "h.1.attn", "h.*" for
// "h.0.ln" and "h.1".
std::string common_path(const std::string& a, const std::string& b);

// Who did what when: each range of a kernel's pieces with the thread that worked on it. May be
// shared by sessions. Takes a lock for each event, which shows on kernels of less than a
// microsecond.
class LaunchTrace {
 public:
  using Clock = std::chrono::steady_clock;

  LaunchTrace() : start_(Clock::now()) {}

  struct Event {
    const LaunchInfo* launch;  // null: a whole run of `program`
    std::shared_ptr<const CompiledProgram> program;
    int32_t thread;              // numbered as they appear
    int64_t begin = 0, end = 0;  // pieces
    int64_t start_ns = 0, nanoseconds = 0;
  };
  void add(const std::shared_ptr<const CompiledProgram>& program, const LaunchInfo* launch,
           int64_t begin, int64_t end, Clock::time_point from, Clock::time_point to);

  // In the order of their ends.
  std::vector<Event> events() const;

  // JSON in the Trace Event Format, as chrome://tracing and ui.perfetto.dev open it: a complete
  // event ("ph":"X") for each, named by its module path, with kernel, pieces, operations and bytes
  // among its arguments.
  std::string to_json() const;
  absl::Status write(const std::string& path) const;

 private:
  const Clock::time_point start_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::map<std::thread::id, int32_t> threads_;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_PROFILE_H_
