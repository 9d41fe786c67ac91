#include "etch/benchmarks/support/contest.h"

#include <algorithm>

#include "etch/tools/measure/timing.h"

namespace etch::benchmarks {

void contest(std::vector<Contestant>& contestants, int rounds, double batch_us) {
  auto microseconds = [](auto&& work) { return 1e6 * tools::seconds(work); };
  std::vector<int> counts;
  for (Contestant& one : contestants) {
    one.run();
    counts.push_back(std::clamp(static_cast<int>(batch_us / microseconds(one.run)), 1, 100000));
  }
  for (int round = 0; round <= rounds; ++round) {
    for (size_t i = 0; i < contestants.size(); ++i) {
      double us = microseconds([&] {
        for (int n = 0; n < counts[i]; ++n) contestants[i].run();
      });
      if (round > 0) contestants[i].us.push_back(us / counts[i]);
    }
  }
}

}  // namespace etch::benchmarks
