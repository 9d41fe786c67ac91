// A compiled program as the runtime sees it: its signature, its native code, the memory it needs.
#ifndef ETCH_RUNTIME_PROGRAM_H_
#define ETCH_RUNTIME_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "etch/runtime/abi.h"
#include "etch/runtime/dtype.h"
#include "etch/runtime/shape.h"

namespace etch::runtime {

// What an input or a result of a program stands for.
enum class ValueKind : uint8_t {
  kArgument,  // passed by the caller at each call
  kState,     // a parameter, buffer, optimizer slot or random state, found by its path
  kGrad,      // the gradient slot of the parameter at `path`
  kResult,    // handed to the caller
};

struct ValueInfo {
  std::string name;  // "x", "out0"; unique among inputs, and among results
  ValueKind kind = ValueKind::kArgument;
  std::string path = {};  // "fc1.weight"; empty for arguments and plain results
  DType dtype = DType::kF32;
  Shape shape = {};
  // For a result: the input whose buffer it may overwrite, or -1. Safe by construction of the
  // program; the caller passes the same pointer for both where nobody else holds the input.
  int32_t donated_input = -1;
  // A result that a tap looks at (frontend/hooks.h); who wants it asks for it by name.
  bool is_tap = false;
};

// One launch of a kernel, in the order of execution.
struct LaunchInfo {
  std::string kernel;  // symbol of the kernel, "k12_h.0.attn_softmax"
  std::string path;    // module path of what it computes
  int64_t pieces = 1;
  // What the program asks of it, whatever its schedule does: operations on elements, a multiply-add
  // as two, and bytes that it reads and writes, each once. Padding is not counted.
  int64_t operations = 0;
  int64_t bytes = 0;
  // Of one that prepares: inputs of the program (indices, ascending) after whose change it has to
  // run again, since it reads them or works for another that does.
  std::vector<int32_t> reads = {};
};

// Immutable and shared by threads; `code` keeps the native code alive.
struct CompiledProgram {
  std::string name;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> results;
  std::vector<LaunchInfo> launches;          // of `entry`
  std::vector<LaunchInfo> prepare_launches;  // of `prepare`
  int64_t arena_bytes = 0;
  int64_t derived_bytes = 0;
  // Inputs (indices) that `prepare` reads; it runs again when one of them has changed.
  std::vector<int32_t> prepare_inputs;
  EntryFunction entry = nullptr;
  EntryFunction prepare = nullptr;  // null when nothing is derived
  std::shared_ptr<void> code;
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_PROGRAM_H_
