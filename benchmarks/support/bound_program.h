// A traced and compiled program with everything it reads and writes bound once, to be called again
// and again as a service does it: through a runtime::Session, without the frontend.
#ifndef ETCH_BENCHMARKS_SUPPORT_BOUND_PROGRAM_H_
#define ETCH_BENCHMARKS_SUPPORT_BOUND_PROGRAM_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/etch.h"

namespace etch::benchmarks {

// Runs once; its results are there when it returns.
using Call = std::function<void()>;

// `f` of `x`, compiled. State that `f` reads is bound as it is now. The call throws Error when the
// session fails.
absl::StatusOr<Call> bind_program(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
                                  const CompileOptions& options);

}  // namespace etch::benchmarks

#endif  // ETCH_BENCHMARKS_SUPPORT_BOUND_PROGRAM_H_
