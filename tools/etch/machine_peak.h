// What this machine can do at most, measured: the yardstick of profiles.
#ifndef ETCH_TOOLS_ETCH_MACHINE_PEAK_H_
#define ETCH_TOOLS_ETCH_MACHINE_PEAK_H_

#include <cstdint>

#include "etch/runtime/executor.h"

namespace etch::tools {

struct MachinePeak {
  double gflops = 0;  // f32 multiply-adds on registers, two operations each
  double gbytes = 0;  // a second, read from memory
};

// The threads of `executor` together, with the widest vectors of the processor. Bandwidth is that
// of a buffer of `bytes` that is read again and again, so that it comes from where a program that
// uses as much memory finds its data: a cache, or memory. Takes some 50 ms.
MachinePeak measure_peak(runtime::Executor& executor, int64_t bytes);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_MACHINE_PEAK_H_
