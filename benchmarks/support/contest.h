// Contestants that do the same work are timed in turn, so that what else happens on the machine
// meets all of them alike.
#ifndef ETCH_BENCHMARKS_SUPPORT_CONTEST_H_
#define ETCH_BENCHMARKS_SUPPORT_CONTEST_H_

#include <functional>
#include <string>
#include <vector>

namespace etch::benchmarks {

struct Contestant {
  std::string name;
  std::function<void()> run;
  std::vector<double> us = {};  // microseconds of one run, each the mean of a batch
};

// Runs all of them `rounds` times in turn after one that is not counted, each time so often that it
// takes about `batch_us` microseconds.
void contest(std::vector<Contestant>& contestants, int rounds, double batch_us = 2000);

}  // namespace etch::benchmarks

#endif  // ETCH_BENCHMARKS_SUPPORT_CONTEST_H_
