// Models of the C interface: what a bundle has, and its state. Include etch/runtime/etch.h; C++
// programs have the same in etch/runtime/model.h, which says more about each.
#ifndef ETCH_RUNTIME_C_API_MODEL_H_
#define ETCH_RUNTIME_C_API_MODEL_H_

#include "etch/runtime/c_api_base.h"
#include "etch/runtime/c_api_executor.h"

#ifdef __cplusplus
extern "C" {
#endif

// A bundle in memory: programs in native code over one state.
typedef struct etch_model etch_model;
// One of its programs; belongs to the model.
typedef struct etch_program etch_program;
// A copy of the state at some moment.
typedef struct etch_snapshot etch_snapshot;

typedef struct etch_load_options {
  size_t struct_size;
  // Not 0: holds the weights against their checksum, which reads each byte of them: for a file that
  // comes from elsewhere. Everything else of a file is always checked.
  int32_t verify_state;
  // Bytes that the model, its forks and sessions may take for state, packed weights and scratch
  // memory together; mapped weights do not count. 0: no limit.
  int64_t memory_limit;
  // Computes what programs need ahead (packed weights) in etch_model_update and _restore. NULL: the
  // shared pool.
  const etch_executor* executor;
} etch_load_options;
#define ETCH_LOAD_OPTIONS_INIT \
  { sizeof(etch_load_options), 0, 0, NULL }

// Maps the bundle at `path`, checks it, and loads its code. Code in a bundle is machine code: load
// only what you trust as you would trust a shared library. Weights are read from disk when they are
// first used, and processes that load the same file share them: the file may be replaced or removed
// afterwards, but not be overwritten in place. `options` may be NULL.
//
// Errors: ETCH_INVALID_ARGUMENT for a file that is no bundle, or damaged;
// ETCH_FAILED_PRECONDITION for code that this processor or this library cannot run ("needs
// avx512f, which this processor lacks"); ETCH_NOT_FOUND, ETCH_PERMISSION_DENIED and the like when
// the file cannot be read; ETCH_RESOURCE_EXHAUSTED when memory is short.
ETCH_API etch_status etch_model_load(const char* path, const etch_load_options* options,
                                     etch_model** model);
// The same from memory, which may go afterwards. `source` stands for the path in messages; NULL:
// "the buffer". Without `options` the weights are held against their checksum.
ETCH_API etch_status etch_model_parse(const void* bytes, size_t size, const char* source,
                                      const etch_load_options* options, etch_model** model);
// A model with the same code and a state of its own, which begins as this one's is: to train in the
// background, say, and to hand what was learnt to the first by etch_model_snapshot and _restore.
// Values are shared until one of the two changes them. Shares the memory limit.
ETCH_API etch_status etch_model_fork(const etch_model* model, etch_model** fork);
ETCH_API void etch_model_free(etch_model* model);

// The name given when the bundle was made, and what made it: "etch 0.1.0".
ETCH_API const char* etch_model_name(const etch_model* model);
ETCH_API const char* etch_model_producer(const etch_model* model);
// Bytes in use of etch_load_options.memory_limit; 0 without one.
ETCH_API int64_t etch_model_memory_used(const etch_model* model);

// In the order in which they were added. NULL when there is none of this number, or name.
ETCH_API size_t etch_model_num_programs(const etch_model* model);
ETCH_API const etch_program* etch_model_program(const etch_model* model, size_t index);
ETCH_API const etch_program* etch_model_find_program(const etch_model* model, const char* name);

// The name by which it is run.
ETCH_API const char* etch_program_name(const etch_program* program);

// The lists that make a signature.
typedef int32_t etch_role;
enum {
  ETCH_INPUT = 0,       // what a caller passes
  ETCH_OUTPUT = 1,      // what a caller may ask for; taps are outputs called "tap0.PATH"
  ETCH_STATE_READ = 2,  // by the names that etch_model_read takes
  ETCH_STATE_WRITTEN = 3,
};
ETCH_API size_t etch_program_num_values(const etch_program* program, etch_role role);
ETCH_API etch_status etch_program_value(const etch_program* program, etch_role role, size_t index,
                                        etch_value_info* info);

// What a program's code was compiled for, and what it takes to run.
typedef struct etch_code_info {
  size_t struct_size;
  const char* triple;           // "x86_64-unknown-linux-gnu"
  const char* const* features;  // that the processor must have, LLVM's names: "avx2"
  size_t num_features;
  size_t bytes;          // of code
  size_t scratch_bytes;  // memory that each session makes at the program's first run
  size_t packed_bytes;   // memory for what is computed ahead from the state, once for all sessions
} etch_code_info;
#define ETCH_CODE_INFO_INIT \
  { sizeof(etch_code_info), NULL, NULL, 0, 0, 0, 0 }
ETCH_API etch_status etch_program_code(const etch_program* program, etch_code_info* info);

// The state: parameters, buffers, optimizer slots, random states, gradients, by name.
ETCH_API size_t etch_model_num_states(const etch_model* model);
ETCH_API etch_status etch_model_state(const etch_model* model, size_t index, etch_value_info* info);
// By a name or an alias. ETCH_NOT_FOUND when there is none.
ETCH_API etch_status etch_model_find_state(const etch_model* model, const char* name,
                                           etch_value_info* info);

// Copies the value under a name or an alias to `data`. ETCH_NOT_FOUND when there is none;
// ETCH_INVALID_ARGUMENT when `bytes` is not etch_value_info.bytes.
ETCH_API etch_status etch_model_read(const etch_model* model, const char* name, void* data,
                                     size_t bytes);
// Gives the values under these names new contents, all or none of them, while other threads run:
// each run sees the state before or after the update, never a mixture. ETCH_NOT_FOUND for an
// unknown name; ETCH_INVALID_ARGUMENT for another dtype or shape, or a value given twice.
ETCH_API etch_status etch_model_update(etch_model* model, const etch_input* values, size_t count);
// The same with the tensors of a safetensors file.
ETCH_API etch_status etch_model_load_state(etch_model* model, const char* path);

// The state as it is now, to come back to, or to hand to another model. Cheap: values are shared
// until one of them changes.
ETCH_API etch_status etch_model_snapshot(const etch_model* model, etch_snapshot** snapshot);
// Makes the state what it was in `snapshot`, which may be one of a fork, or of another model with
// the same paths, dtypes and shapes; as etch_model_update, at one moment. ETCH_INVALID_ARGUMENT for
// others. A snapshot may be restored more than once.
ETCH_API etch_status etch_model_restore(etch_model* model, const etch_snapshot* snapshot);
ETCH_API void etch_snapshot_free(etch_snapshot* snapshot);

// Writes the state as it is, as a safetensors file; all or nothing.
ETCH_API etch_status etch_model_save_state(const etch_model* model, const char* path);

typedef struct etch_save_options {
  size_t struct_size;
  // Not 0: writes what programs compute ahead from the state too (packed weights), for this
  // processor: who loads the file maps it, and neither the first call nor another process packs
  // them again. About as long as the weights.
  int32_t packed;
} etch_save_options;
#define ETCH_SAVE_OPTIONS_INIT \
  { sizeof(etch_save_options), 0 }

// Writes a bundle with the same programs and the state as it is; all or nothing. `options` may be
// NULL.
ETCH_API etch_status etch_model_save(const etch_model* model, const char* path,
                                     const etch_save_options* options);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // ETCH_RUNTIME_C_API_MODEL_H_
