// What a bundle's manifest says, and its JSON (docs/bundle_format.md). Internal; not installed.
#ifndef ETCH_RUNTIME_BUNDLE_MANIFEST_H_
#define ETCH_RUNTIME_BUNDLE_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/runtime/program.h"

namespace etch::runtime {

// One value of the state that all programs share: a state cell, or the gradient of one.
struct BundleCell {
  std::string name;  // unlike that of every other cell: the path, or "grad." and the path
  ValueKind kind = ValueKind::kState;  // or kGrad
  std::string path;
  std::vector<std::string> aliases;  // further paths of the same cell
  DType dtype = DType::kF32;
  Shape shape;
  // Whether the bundle holds its value. What no program reads is zero until one has written it.
  bool stored = true;
};

// An input or a result of a program.
struct BundleValue {
  ValueInfo info;     // for a cell: its kind, path, dtype and shape
  int32_t cell = -1;  // which cell it is; -1 for arguments and plain results
};

// Programs of one name have one signature, and code for different processors; the first that this
// one can run is taken.
struct BundleProgram {
  std::string name;
  uint32_t code = 0;  // which piece of code it is
  // Of the program as it was traced: hash_of() its bytecode, in hexadecimal digits. Alternatives
  // for several processors have the same.
  std::string source;
  std::string matmul_precision;  // "f32", "bf16", "bf16x3", "bf16x6"
  std::vector<BundleValue> inputs;
  std::vector<BundleValue> results;
  // The section that has its derived memory, computed from the state of the file; -1: none.
  int32_t packed = -1;
  // Gradients (cells) that are zero after a run.
  std::vector<int32_t> cleared;
  // The rest as in CompiledProgram.
  std::vector<LaunchInfo> launches;
  std::vector<LaunchInfo> prepare_launches;
  int64_t arena_bytes = 0;
  int64_t derived_bytes = 0;
  std::vector<int32_t> prepare_inputs;
  // Symbols of the functions; of `prepare` empty where nothing is prepared.
  std::string entry;
  std::string prepare;
};

// What a piece of code needs.
struct BundleCode {
  std::string triple;                 // "x86_64-pc-linux-gnu"
  std::vector<std::string> features;  // LLVM's names, sorted: "avx2", "fma"
};

struct BundleManifest {
  int32_t abi = kAbiVersion;
  std::string name;
  std::string producer;  // "etch 0.1.0"
  std::vector<BundleCode> codes;
  std::vector<BundleCell> cells;
  std::vector<BundleProgram> programs;
};

// As JSON, one line for each code, cell and program.
std::string to_json(const BundleManifest& manifest);

// Reads and checks: types, names, indices and sizes are consistent, so that a program can be run
// with what it says; cells agree with the inputs and results that stand for them.
// Errors: INVALID_ARGUMENT, "expected ':' at byte 17 of the manifest", "program \"predict\" donates
// input 7 of 5"; FAILED_PRECONDITION for another ABI.
absl::StatusOr<BundleManifest> parse_manifest(std::string_view json);

// The error for code of an ABI or a processor that this library or machine is not; OK for others.
absl::Status check_abi(int32_t abi);
absl::Status check_target(const BundleCode& code);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_BUNDLE_MANIFEST_H_
