// Times, and what is said of many.
#ifndef ETCH_TOOLS_MEASURE_TIMING_H_
#define ETCH_TOOLS_MEASURE_TIMING_H_

#include <chrono>
#include <utility>
#include <vector>

namespace etch::tools {

// Seconds that one call of `work` took.
template <typename Work>
double seconds(Work&& work) {
  auto start = std::chrono::steady_clock::now();
  std::forward<Work>(work)();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The upper one of the two in the middle where their number is even; 0 of none.
double median(std::vector<double> values);
// The least value that at least `percent` of a hundred are not above (nearest rank); 0 of none.
double percentile(std::vector<double> values, double percent);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_MEASURE_TIMING_H_
