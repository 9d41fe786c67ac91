#include "etch/tests/ops/sample.h"

namespace etch::testing {

void addBoundarySamples(std::vector<Sample>& samples) {
  samples.push_back(makeSample({"boundary", {"5x7xf32"}, {"5x7xf32"}}));
  samples.push_back(makeSample({"boundary", {"3xf64", "4xf64", "f64"}, {"3xf64", "4xf64", "f64"}}));
  samples.push_back(makeSample({"boundary", {"3xf32", "4xi64"}, {"3xf32", "4xi64"}}));
}

}  // namespace etch::testing
