// Running programs: sessions, cancellation, profiles.
#include "etch/runtime/c_api_session.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "etch/runtime/c_api_handles.h"
#include "etch/runtime/c_api_support.h"
#include "etch/runtime/status.h"

namespace runtime = etch::runtime;
namespace c_api = etch::runtime::c_api;

namespace {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC

absl::StatusOr<runtime::RunOptions> run_options(const etch_run_options* options) {
  static constexpr etch_run_options kDefaults = ETCH_RUN_OPTIONS_INIT;
  ETCH_ASSIGN_OR_RETURN(etch_run_options given, c_api::read_struct(options, kDefaults, "options"));
  runtime::RunOptions result;
  if (given.cancel != nullptr) result.cancel = &given.cancel->wanted;
  if (given.deadline_ns != 0)
    result.deadline = Clock::time_point(std::chrono::nanoseconds(given.deadline_ns));
  return result;
}

etch_kernel_profile describe(const runtime::KernelProfile& kernel) {
  etch_kernel_profile result = ETCH_KERNEL_PROFILE_INIT;
  result.kernel = kernel.kernel.c_str();
  result.path = kernel.path.c_str();
  result.prepares = kernel.prepares;
  result.launches = kernel.launches;
  result.calls = kernel.total.calls;
  result.nanoseconds = kernel.total.nanoseconds;
  result.operations = kernel.operations;
  result.bytes = kernel.bytes;
  return result;
}

}  // namespace

etch_status etch_session_new(const etch_model* model, const etch_session_options* options,
                             etch_session** session) {
  if (session != nullptr) *session = nullptr;
  return c_api::guarded([&] {
    static constexpr etch_session_options kDefaults = ETCH_SESSION_OPTIONS_INIT;
    ETCH_RETURN_IF_ERROR(c_api::require(session, "session"));
    ETCH_RETURN_IF_ERROR(c_api::require(model, "model"));
    ETCH_ASSIGN_OR_RETURN(etch_session_options given,
                          c_api::read_struct(options, kDefaults, "options"));
    std::shared_ptr<runtime::Executor> executor = c_api::shared(given.executor);
    runtime::SessionOptions wanted{.executor = executor.get(), .profile = given.profile != 0};
    *session =
        new etch_session{model->executor, std::move(executor), model->model.new_session(wanted)};
    return absl::OkStatus();
  });
}

void etch_session_free(etch_session* session) { delete session; }

etch_status etch_cancel_new(etch_cancel** cancel) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(cancel, "cancel"));
    *cancel = nullptr;
    *cancel = new etch_cancel;
    return absl::OkStatus();
  });
}

// No lock and no thread_local: signal handlers call these.
void etch_cancel_set(etch_cancel* cancel) {
  static_assert(std::atomic<bool>::is_always_lock_free);
  if (cancel != nullptr) cancel->wanted = true;
}
void etch_cancel_reset(etch_cancel* cancel) {
  if (cancel != nullptr) cancel->wanted = false;
}

void etch_cancel_free(etch_cancel* cancel) { delete cancel; }

int64_t etch_deadline_after(int64_t nanoseconds) {
  int64_t now = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
  int64_t deadline = 0;
  if (__builtin_add_overflow(now, nanoseconds, &deadline))
    return nanoseconds > 0 ? std::numeric_limits<int64_t>::max() : 1;
  return std::max<int64_t>(deadline, 1);
}

etch_status etch_session_run(etch_session* session, const char* program, const etch_input* inputs,
                             size_t num_inputs, const etch_output* outputs, size_t num_outputs,
                             const etch_run_options* options) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(session, "session"));
    ETCH_RETURN_IF_ERROR(c_api::require(program, "program"));
    ETCH_ASSIGN_OR_RETURN(runtime::RunOptions wanted, run_options(options));
    c_api::Inputs given;
    c_api::Outputs asked;
    ETCH_RETURN_IF_ERROR(c_api::convert(inputs, num_inputs, given));
    ETCH_RETURN_IF_ERROR(c_api::convert(outputs, num_outputs, asked));
    return session->session.run(program, given, asked, wanted);
  });
}

etch_status etch_session_profile(const etch_session* session, const char* program,
                                 etch_profile** profile) {
  if (profile != nullptr) *profile = nullptr;
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(session, "session"));
    ETCH_RETURN_IF_ERROR(c_api::require(program, "program"));
    ETCH_RETURN_IF_ERROR(c_api::require(profile, "profile"));
    *profile = new etch_profile{session->session.profile(program)};
    return absl::OkStatus();
  });
}

size_t etch_profile_num_kernels(const etch_profile* profile) {
  return c_api::is_given(profile, "profile") ? profile->kernels.size() : 0;
}

etch_status etch_profile_kernel(const etch_profile* profile, size_t index,
                                etch_kernel_profile* kernel) {
  return c_api::guarded([&] {
    ETCH_RETURN_IF_ERROR(c_api::require(profile, "profile"));
    if (index >= profile->kernels.size())
      return absl::InvalidArgumentError(absl::StrCat("there is no kernel number ", index, ", the ",
                                                     "profile has ", profile->kernels.size()));
    return c_api::write_struct(describe(profile->kernels[index]), kernel, "kernel");
  });
}

void etch_profile_free(etch_profile* profile) { delete profile; }
