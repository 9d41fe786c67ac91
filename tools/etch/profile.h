// What `etch profile` does.
#ifndef ETCH_TOOLS_ETCH_PROFILE_H_
#define ETCH_TOOLS_ETCH_PROFILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace etch::tools {

struct ProfileOptions {
  std::string model;                // a built-in one, or a bundle (*.etch)
  std::string program;              // empty: the first
  std::vector<std::string> inputs;  // as RunOptions::inputs
  uint64_t seed = 0;
  int threads = 0;                       // 0: one per core
  std::string matmul_precision = "f32";  // of a built-in model
  int64_t runs = 20;
  bool json = false;
  std::string html;    // file for a page with the graph (graph_page.h); empty: none
  std::string trace;   // file for a timeline of the last run; empty: none
  std::string output;  // empty: standard output
};
absl::Status profile(const ProfileOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROFILE_H_
