#include "etch/tests/ops/difference.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace mlir;

namespace etch::testing {

std::string difference(const ir::ReferenceTensor& actual, const ir::ReferenceTensor& expected,
                       double tolerance, double slack) {
  if (actual.type != expected.type) return "the types differ";
  double magnitude = 0;
  for (double value : expected.floats)
    if (std::isfinite(value)) magnitude = std::max(magnitude, std::fabs(value));
  double bound = tolerance * magnitude + slack;
  for (int64_t i = 0; i < expected.size(); ++i) {
    bool equal;
    if (!expected.isFloat()) {
      equal = actual.ints[i] == expected.ints[i];
    } else {
      double a = actual.floats[i], e = expected.floats[i];
      equal = a == e || (std::isnan(a) && std::isnan(e)) ||
              (std::isfinite(a) && std::isfinite(e) && std::fabs(a - e) <= bound);
    }
    if (equal) continue;
    auto show = [&](const ir::ReferenceTensor& t) {
      if (!t.isFloat()) return std::to_string(t.ints[i]);
      char text[40];
      std::snprintf(text, sizeof text, "%.9g", t.floats[i]);
      return std::string(text);
    };
    return "element " + std::to_string(i) + " is " + show(actual) + ", expected " + show(expected) +
           " within " + std::to_string(bound);
  }
  return "";
}

double toleranceOf(Type elementType) {
  if (elementType.isF64()) return 1e-12;
  if (elementType.isF16()) return 2e-3;     // two units in the last place
  if (elementType.isBF16()) return 1.6e-2;  // likewise
  return 1e-5;
}

FailureOr<Expected> expect(func::FuncOp function, ArrayRef<ir::ReferenceTensor> inputs,
                           const ir::ReferenceOptions& options, double noise) {
  auto exact = ir::evaluateFunction(function, inputs, {.double_precision = true});
  auto rounded = ir::evaluateFunction(function, inputs, {.double_precision = false});
  if (failed(exact) || failed(rounded)) return failure();
  Expected expected;
  for (auto [e, r] : llvm::zip_equal(*exact, *rounded)) {
    double distance = 0;
    for (auto [a, b] : llvm::zip_equal(e.floats, r.floats))
      if (std::isfinite(a) && std::isfinite(b)) distance = std::max(distance, std::fabs(a - b));
    expected.slack.push_back(noise + 8 * distance);
  }
  expected.values = options.double_precision ? *std::move(exact) : *std::move(rounded);
  return expected;
}

}  // namespace etch::testing
