#include "etch/tools/measure/timing.h"

#include <algorithm>

namespace etch::tools {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::nth_element(values, values.begin() + values.size() / 2);
  return values[values.size() / 2];
}

}  // namespace etch::tools
