// Contestants that do the same work are timed in turn, so that what else happens on the machine
// meets all of them alike.
#ifndef ETCH_BENCHMARKS_SUPPORT_CONTEST_H_
#define ETCH_BENCHMARKS_SUPPORT_CONTEST_H_

#include <functional>
#include <string>
#include <vector>

namespace etch::benchmarks {

double microseconds(const std::function<void()>& run);
double median(std::vector<double> values);

struct Contestant {
  std::string name;
  std::function<void()> run;
  std::vector<double> us = {};  // microseconds of one run, each the mean of a batch
};

// Runs all of them `rounds` times in turn after one that is not counted, each time so often that it
// takes about `batch_us` microseconds.
void contest(std::vector<Contestant>& contestants, int rounds, double batch_us = 2000);

// GFLOP/s of one core's fused multiply-adds in the widest vectors it has, with nothing else to do.
// About a millisecond.
double measure_fma_peak();
// GB/s of reading `bytes` bytes again and again by one core.
double measure_read_bandwidth(size_t bytes);

}  // namespace etch::benchmarks

#endif  // ETCH_BENCHMARKS_SUPPORT_CONTEST_H_
