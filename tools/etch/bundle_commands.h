// What `etch compile`, `etch inspect` and `etch run` do.
#ifndef ETCH_TOOLS_ETCH_BUNDLE_COMMANDS_H_
#define ETCH_TOOLS_ETCH_BUNDLE_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace etch::tools {

struct CompileBundleOptions {
  std::string model;                  // a built-in one
  std::vector<std::string> programs;  // empty: all
  std::vector<std::string> targets;   // as Bundle takes them; empty: this machine
  std::string target_features;        // as CompileOptions::target_features
  std::string matmul_precision = "f32";
  std::string output;
};
absl::Status compile_bundle(const CompileBundleOptions& options);

struct InspectOptions {
  std::string bundle;
  bool json = false;  // the manifest as it stands in the file
};
// Needs no processor that could run the code.
absl::Status inspect_bundle(const InspectOptions& options);

struct RunOptions {
  std::string bundle;
  std::string program;               // empty: the first
  std::vector<std::string> inputs;   // "x=@digits.npy", "x=random", "tokens=random:256"
  std::vector<std::string> outputs;  // "out0=logits.npy"; others are printed
  int64_t steps = 1;
  uint64_t seed = 0;
  std::string save;  // bundle with the state afterwards; empty: not wanted
};
absl::Status run_bundle(const RunOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_BUNDLE_COMMANDS_H_
