// Sessions of the C interface: running programs. Include etch/runtime/etch.h; C++ programs have the
// same in etch/runtime/model.h.
#ifndef ETCH_RUNTIME_C_API_SESSION_H_
#define ETCH_RUNTIME_C_API_SESSION_H_

#include "etch/runtime/c_api_base.h"
#include "etch/runtime/c_api_executor.h"
#include "etch/runtime/c_api_model.h"

#ifdef __cplusplus
extern "C" {
#endif

// One caller's memory for running the programs of a model.
typedef struct etch_session etch_session;

typedef struct etch_session_options {
  size_t struct_size;
  const etch_executor* executor;  // NULL: the shared pool
  int32_t profile;                // not 0: measures each kernel (etch_session_profile)
} etch_session_options;
#define ETCH_SESSION_OPTIONS_INIT \
  { sizeof(etch_session_options), NULL, 0 }

// `options` may be NULL.
ETCH_API etch_status etch_session_new(const etch_model* model, const etch_session_options* options,
                                      etch_session** session);
ETCH_API void etch_session_free(etch_session* session);

// Tells runs to end. One may belong to any number of runs at a time.
typedef struct etch_cancel etch_cancel;
ETCH_API etch_status etch_cancel_new(etch_cancel** cancel);
// Runs with it end with ETCH_CANCELLED, those in progress soon and later ones at once, until
// etch_cancel_reset. Both are safe at any time from any thread, and in a signal handler.
ETCH_API void etch_cancel_set(etch_cancel* cancel);
ETCH_API void etch_cancel_reset(etch_cancel* cancel);
// No run with it may be in progress.
ETCH_API void etch_cancel_free(etch_cancel* cancel);

typedef struct etch_run_options {
  size_t struct_size;
  const etch_cancel* cancel;  // NULL: the run cannot be cancelled
  int64_t deadline_ns;        // of CLOCK_MONOTONIC; 0: none. See etch_deadline_after.
} etch_run_options;
#define ETCH_RUN_OPTIONS_INIT \
  { sizeof(etch_run_options), NULL, 0 }

// The deadline so many nanoseconds from now; one that has passed for a negative number.
ETCH_API int64_t etch_deadline_after(int64_t nanoseconds);

// Runs `program` once on `inputs`, all of its inputs in any order, and writes `outputs`, those of
// its outputs that are wanted. State that the program writes has its new value afterwards. The
// first run of a program in a session allocates its memory; later ones allocate nothing. `options`
// may be NULL.
//
// All or nothing: after an error neither state nor outputs have been touched. Errors:
// ETCH_NOT_FOUND for an unknown program; ETCH_INVALID_ARGUMENT for an input that is missing, given
// twice, unknown, or of another dtype or shape, for an output likewise, and for an output that
// overlaps another value; ETCH_FAILED_PRECONDITION when another thread runs the session;
// ETCH_RESOURCE_EXHAUSTED when memory is short; ETCH_CANCELLED and ETCH_DEADLINE_EXCEEDED as
// `options` say, after which the state is as it was and outputs have unspecified contents.
ETCH_API etch_status etch_session_run(etch_session* session, const char* program,
                                      const etch_input* inputs, size_t num_inputs,
                                      const etch_output* outputs, size_t num_outputs,
                                      const etch_run_options* options);

// What a kernel took in all runs so far.
typedef struct etch_kernel_profile {
  size_t struct_size;
  const char* kernel;   // "k9_layer1_0_conv1_matmul"
  const char* path;     // of the module: "layer1.*.conv1" where several share the kernel
  int32_t prepares;     // not 0: runs only when state has changed
  int32_t launches;     // of one run
  int64_t calls;        // of the kernel, in all runs
  int64_t nanoseconds;  // by the wall clock, of all calls
  int64_t operations;   // that the program asks for: a multiply-add is two
  int64_t bytes;        // that the program reads and writes
} etch_kernel_profile;
#define ETCH_KERNEL_PROFILE_INIT \
  { sizeof(etch_kernel_profile), NULL, NULL, 0, 0, 0, 0, 0, 0 }

// A copy of the measurements of a program, the longest kernel first; empty before its first run and
// without etch_session_options.profile. Not while the session runs.
typedef struct etch_profile etch_profile;
ETCH_API etch_status etch_session_profile(const etch_session* session, const char* program,
                                          etch_profile** profile);
ETCH_API size_t etch_profile_num_kernels(const etch_profile* profile);
ETCH_API etch_status etch_profile_kernel(const etch_profile* profile, size_t index,
                                         etch_kernel_profile* kernel);
ETCH_API void etch_profile_free(etch_profile* profile);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ETCH_RUNTIME_C_API_SESSION_H_
