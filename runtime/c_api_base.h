// Versions, errors, values and the log of the C interface. Include etch/runtime/etch.h.
#ifndef ETCH_RUNTIME_C_API_BASE_H_
#define ETCH_RUNTIME_C_API_BASE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ETCH_API __attribute__((visibility("default")))
#else
#define ETCH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The version of this interface. It grows by one when functions or fields are added; nothing is
// taken away or given another meaning under the library's name (libetch_runtime.so.X.Y). So a
// program that was compiled with version N runs with each library of version N or later.
#define ETCH_API_VERSION 1

// The library's ETCH_API_VERSION, which may be later than that of the header.
ETCH_API int32_t etch_api_version(void);
// The library's own version: "0.1.0".
ETCH_API const char* etch_version(void);

// What became of a call. The numbers are those of gRPC and of absl::StatusCode.
typedef int32_t etch_status;
enum {
  ETCH_OK = 0,
  ETCH_CANCELLED = 1,  // etch_cancel_set was called
  ETCH_UNKNOWN = 2,
  ETCH_INVALID_ARGUMENT = 3,   // an argument, or a file, is not what it should be
  ETCH_DEADLINE_EXCEEDED = 4,  // etch_run_options.deadline_ns has passed
  ETCH_NOT_FOUND = 5,          // no such file, program or state
  ETCH_ALREADY_EXISTS = 6,
  ETCH_PERMISSION_DENIED = 7,    // a file may not be read or written
  ETCH_RESOURCE_EXHAUSTED = 8,   // memory, disk or a limit on them
  ETCH_FAILED_PRECONDITION = 9,  // another processor is needed; the session is running already
  ETCH_ABORTED = 10,
  ETCH_OUT_OF_RANGE = 11,
  ETCH_UNIMPLEMENTED = 12,  // a file of a kind that this library does not read
  ETCH_INTERNAL = 13,       // a bug in the library
  ETCH_UNAVAILABLE = 14,
  ETCH_DATA_LOSS = 15,  // a file changed while it was read
};

// "OK", "INVALID_ARGUMENT", ...; "?" for a number that is none. Static.
ETCH_API const char* etch_status_name(etch_status status);

// What was wrong with the last call of this thread that failed, in a line of UTF-8; "" before the
// first. It stands until the next call of this thread that fails. Never NULL.
ETCH_API const char* etch_error_message(void);

// The type of a tensor's elements. A bool is a byte, 0 or 1; f16 and bf16 are their 16 bits.
typedef int32_t etch_dtype;
enum {
  ETCH_BOOL = 0,
  ETCH_U8 = 1,
  ETCH_I8 = 2,
  ETCH_I32 = 3,
  ETCH_I64 = 4,
  ETCH_F16 = 5,
  ETCH_BF16 = 6,
  ETCH_F32 = 7,
  ETCH_F64 = 8,
};

// "bool", "u8", ..., "f64"; "?" for a number that is none. Static.
ETCH_API const char* etch_dtype_name(etch_dtype dtype);
// Bytes of one element; 0 for a number that is none.
ETCH_API size_t etch_dtype_size(etch_dtype dtype);

// A named value that the caller owns and a function reads: dense, row-major, `shape` with one
// extent for each of `rank` dimensions (a scalar has rank 0, and its shape may be NULL). `data` may
// lie anywhere, and may be NULL where there are no elements; data aligned to 64 bytes spares a
// copy. Read during the call only.
typedef struct etch_input {
  const char* name;
  const void* data;
  const int64_t* shape;
  int32_t rank;
  etch_dtype dtype;
} etch_input;

// The same for a value that a function writes.
typedef struct etch_output {
  const char* name;
  void* data;
  const int64_t* shape;
  int32_t rank;
  etch_dtype dtype;
} etch_output;

// What a program or a state has under a name. The pointers belong to the model that was asked.
typedef struct etch_value_info {
  size_t struct_size;
  const char* name;
  const int64_t* shape;  // `rank` extents
  int32_t rank;
  etch_dtype dtype;
  size_t bytes;  // of all elements
  // Of an output: whether it is what a tap looks at, which costs nothing where nobody asks for it.
  int32_t is_tap;
  // Of state: whether it is a gradient, then called "grad." and what it is the gradient of; and the
  // further names by which the same value is known (tied weights).
  int32_t is_gradient;
  int32_t num_aliases;
  const char* const* aliases;
} etch_value_info;
#define ETCH_VALUE_INFO_INIT \
  { sizeof(etch_value_info), NULL, NULL, 0, 0, 0, 0, 0, 0, NULL }

// How much a line of the log matters.
typedef int32_t etch_log_level;
enum {
  ETCH_LOG_INFO = 0,     // what was chosen: which code of several
  ETCH_LOG_WARNING = 1,  // what was ignored: an environment variable that says nothing sensible
};

// Called with each line, without a newline at its end, on the thread that has something to say.
// `message` is valid during the call. Runs say nothing.
typedef void (*etch_log_function)(void* host, etch_log_level level, const char* message);

// Who is told what the library has to say beside errors, from now on; NULL: nobody, as at first.
// When the call returns the sink before is not called any more, so what its `host` points to may
// go. Not from within a sink. Errors: ETCH_RESOURCE_EXHAUSTED when memory is short.
ETCH_API etch_status etch_set_log_sink(etch_log_function sink, void* host);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ETCH_RUNTIME_C_API_BASE_H_
