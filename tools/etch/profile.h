// What `etch profile` does.
#ifndef ETCH_TOOLS_ETCH_PROFILE_H_
#define ETCH_TOOLS_ETCH_PROFILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "etch/tools/etch/runner.h"

namespace etch::tools {

struct ProfileOptions {
  ModelRequest request;
  CodeOptions code;
  int threads = 0;  // 0: as Threads says
  int64_t runs = 20;
  bool json = false;
  std::string html;    // file for a page with the graph (graph_page.h); empty: none
  std::string trace;   // file for a timeline of the last run; empty: none
  std::string output;  // empty: standard output
};
absl::Status profile(const ProfileOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROFILE_H_
