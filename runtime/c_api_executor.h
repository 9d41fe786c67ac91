// Threads of the C interface: who runs kernels. Include etch/runtime/etch.h; C++ programs have the
// same in etch/runtime/executor.h.
#ifndef ETCH_RUNTIME_C_API_EXECUTOR_H_
#define ETCH_RUNTIME_C_API_EXECUTOR_H_

#include "etch/runtime/c_api_base.h"

#ifdef __cplusplus
extern "C" {
#endif

// Who runs the pieces of a kernel. Sessions without one share a pool with one thread for each
// physical core, or as the environment variable ETCH_NUM_THREADS says.
typedef struct etch_executor etch_executor;

// Works on pieces [begin, end) of a kernel. May be called from several threads at a time.
typedef void (*etch_range_function)(void* range, int64_t begin, int64_t end);

// The host's own threads. Both functions may be called from several threads at a time; they must
// neither throw nor longjmp.
typedef struct etch_executor_callbacks {
  size_t struct_size;
  void* host;  // passed to the functions
  // How many threads may work on one call, the caller's included; at least 1.
  int32_t (*concurrency)(void* host);
  // Calls `work(range, begin, end)` on ranges that together cover [0, pieces), each piece once,
  // from any threads and in any order; returns when all are done, and what they wrote is visible
  // here.
  void (*parallel_for)(void* host, int64_t pieces, etch_range_function work, void* range);
} etch_executor_callbacks;
#define ETCH_EXECUTOR_CALLBACKS_INIT \
  { sizeof(etch_executor_callbacks), NULL, NULL, NULL }

// The host's threads as an executor.
ETCH_API etch_status etch_executor_new(const etch_executor_callbacks* callbacks,
                                       etch_executor** executor);
// A pool of its own with so many threads, the caller's included; 1 starts none.
ETCH_API etch_status etch_executor_new_pool(int32_t threads, etch_executor** executor);
// Models and sessions that use it keep it alive, and with it the right to call the host's
// functions.
ETCH_API void etch_executor_free(etch_executor* executor);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ETCH_RUNTIME_C_API_EXECUTOR_H_
