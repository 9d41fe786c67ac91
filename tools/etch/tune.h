// What `etch tune` does: measures other choices of a program's kernels beside the cost model's, and
// keeps what is faster for later compilations on this machine.
#ifndef ETCH_TOOLS_ETCH_TUNE_H_
#define ETCH_TOOLS_ETCH_TUNE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "etch/tools/etch/model_source.h"

namespace etch::tools {

struct TuneOptions {
  ModelRequest request;
  int threads = 1;
  std::string matmul_precision = "f32";
  double seconds = 60;   // for measuring; compilation of the candidates comes on top
  double margin = 0.03;  // how much faster a choice must be to win
  bool dry_run = false;  // keep nothing
  bool json = false;
  std::string output;  // empty: standard output
};
// FAILED_PRECONDITION when there is no object cache to keep choices beside.
absl::Status tune(const TuneOptions& options);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_TUNE_H_
