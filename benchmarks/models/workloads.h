// The models that benchmarks/compare measures, as programs to be called again and again. The peers
// run the same ones: benchmarks/peers/workloads.py.
#ifndef ETCH_BENCHMARKS_MODELS_WORKLOADS_H_
#define ETCH_BENCHMARKS_MODELS_WORKLOADS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/benchmarks/support/bound_program.h"

namespace etch::benchmarks {

// "mlp_b1" .. "tinygpt": one forward in eval mode, through a runtime::Session as a service does it.
// "train_mlp" .. "train_resnet18": one training step, called as users call it.
std::vector<std::string> workload_names();

// Traces and compiles. `threads` work on one call. NOT_FOUND for another name.
absl::StatusOr<Call> make_workload(const std::string& name, int threads);

}  // namespace etch::benchmarks

#endif  // ETCH_BENCHMARKS_MODELS_WORKLOADS_H_
