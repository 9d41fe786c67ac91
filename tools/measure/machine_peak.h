// What this machine can do at most, measured: the yardstick of profiles and benchmarks.
#ifndef ETCH_TOOLS_MEASURE_MACHINE_PEAK_H_
#define ETCH_TOOLS_MEASURE_MACHINE_PEAK_H_

#include <cstdint>

#include "etch/runtime/executor.h"

namespace etch::tools {

struct MachinePeak {
  double gflops = 0;  // f32 multiply-adds on registers, two operations each
  double gbytes = 0;  // a second, read from memory
};

// GFLOP/s of the threads of `executor` together, with the widest vectors of the processor: the best
// of `rounds`, of a millisecond or two each.
double measure_fma_peak(runtime::Executor& executor, int rounds = 7);

// GB/s of the threads of `executor` together, reading a buffer of `bytes` again and again, so that
// it comes from where a program that uses as much memory finds its data: a cache, or memory. More
// than kLargestRead, which no cache holds, is measured as that much.
inline constexpr int64_t kLargestRead = int64_t{256} << 20;
double measure_read_bandwidth(runtime::Executor& executor, int64_t bytes);

// Both.
MachinePeak measure_peak(runtime::Executor& executor, int64_t bytes);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_MEASURE_MACHINE_PEAK_H_
