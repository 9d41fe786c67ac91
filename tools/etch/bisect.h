// Finds the first op whose value two ways of computing a program do not agree on.
#ifndef ETCH_TOOLS_ETCH_BISECT_H_
#define ETCH_TOOLS_ETCH_BISECT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "etch/nn/state_dict.h"
#include "etch/tools/etch/compare_values.h"
#include "etch/tools/etch/evaluation.h"

namespace etch::tools {

// A value of @main that was computed both ways.
struct Probe {
  std::string path;  // module path of the op; empty at the top level
  std::string op;    // "etch.matmul"; for a result of the program "result out0"
  std::string line;  // "model.cc:41"; empty where it is unknown
  Difference difference;
  double tolerance = 0, absolute = 0;
  bool differs() const {
    return !(difference.relative <= tolerance) && !(difference.largest <= absolute);
  }
};

struct Bisection {
  // The first that differs, or nothing.
  bool found = false;
  Probe first;
  // The program's results, as it is.
  std::vector<Probe> results;
  // Probes in the order in which they were looked at.
  std::vector<Probe> probes;
};

struct BisectOptions {
  double tolerance = 0;  // relative; 0: what rounding may do to the dtype (tolerance_of)
  // Of one element: sums that cancel, such as the gradient of a bias before a BatchNorm, are
  // rounding alone.
  double absolute = 1e-6;
  // Told of each step: "probing layer1.0.conv1".
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

// Computes the values at the ends of modules by `subject` and by `baseline`, in one program each
// that returns all of them, and then every op of the first module that differs. Where that program,
// which fuses less, hides the difference, the program as it is is cut in halves, with one further
// result at a time. `module` is a traced program, left as it is.
//
// What differs, and is the first in the order of the program, is where the two part, as long as
// what comes before agrees: rounding does not pile up to more than the tolerance.
absl::StatusOr<Bisection> bisect(mlir::ModuleOp module, const Evaluator& subject,
                                 const Evaluator& baseline, const BisectOptions& options);

// Values of another time, or of another build of Etch, as a baseline: those that `evaluator`
// computes of all ops of @main, by the op's number, module path and name ("12 layers.0
// etch.matmul").
absl::StatusOr<nn::StateDict> record_values(mlir::ModuleOp module, const Evaluator& evaluator);
// Answers with such values. INVALID_ARGUMENT, with `source`, for a program that has others.
Evaluator recorded_evaluator(nn::StateDict values, std::string source);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_BISECT_H_
