// The boundary between generated code and whatever calls it: plain C structs, no LLVM, no C++
// types.
//
// A compiled program is one entry function and a set of kernels. The entry runs on the calling
// thread; it fills in the buffers of each kernel and asks the frame to launch it. A kernel works on
// a range [begin, end) of `pieces` independent pieces, so that the host decides how many threads
// share it.
//
// Generated code neither allocates, nor locks, nor throws.
#ifndef ETCH_RUNTIME_ABI_H_
#define ETCH_RUNTIME_ABI_H_

#include <cstdint>

namespace etch::runtime {

inline constexpr int32_t kAbiVersion = 2;

// Alignment in bytes of every buffer that generated code is given, and of every arena offset.
inline constexpr int64_t kBufferAlignment = 64;

// Works on the pieces [begin, end). `buffers` are the kernel's inputs, then its outputs; each
// points to the first element of a dense row-major array. Booleans are one byte, 0 or 1.
using KernelFunction = void (*)(void* const* buffers, int64_t begin, int64_t end);

struct CallFrame {
  // The program's inputs in the order of its signature, then its results. Where a result donates
  // an input (`ResultInfo::donated_input`), both entries may be the same pointer.
  void* const* buffers;
  // Scratch memory of this call, `CompiledProgram::arena_bytes` long.
  char* arena;
  // What `prepare` computes from state that the program only reads (packed weights); kept
  // between calls, `CompiledProgram::derived_bytes` long.
  char* derived;
  // Runs all `pieces` of `kernel`, on one or several threads, and returns when they are done.
  // `index` numbers the launch within the program, for profiles.
  void (*launch)(CallFrame* frame, int32_t index, KernelFunction kernel, void* const* buffers,
                 int64_t pieces);
  // Of the owner of the frame, for `launch`.
  void* context;
  // Set by `launch` once it runs no more kernels, since the call was cancelled: loops end, whatever
  // their condition finds in memory.
  int64_t stopped;
};

// The entry of a program, and of its `prepare` part.
using EntryFunction = void (*)(CallFrame* frame);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_ABI_H_
