// The rows of `etch profile`: where a program's time goes, and how near to the machine's limits.
#ifndef ETCH_TOOLS_ETCH_PROFILE_TABLE_H_
#define ETCH_TOOLS_ETCH_PROFILE_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "etch/runtime/profile.h"
#include "etch/tools/measure/machine_peak.h"

namespace etch::tools {

// How near a kernel is to what limits it: the roofline model. Source: Williams, Waterman,
// Patterson, "Roofline: An Insightful Visual Performance Model for Multicore Architectures", CACM
// 2009.
struct Roofline {
  double gflops = 0;  // operations per nanosecond
  double gbytes = 0;
  double share = 0;  // of the peak of what it is bound by; above 1 where data was nearer
  bool by_compute = false;
};
Roofline roofline_of(const runtime::KernelProfile& kernel, const MachinePeak& peak);

struct ProfileReport {
  std::string model, program;
  int threads = 1;
  int64_t runs = 1;
  double run_ms = 0;  // of a run, the mean, as of kernels
  double median_run_ms = 0;
  int64_t memory_bytes = 0;  // state, arguments, results and scratch memory
  MachinePeak peak;
  std::vector<runtime::KernelProfile> kernels;
};

// For people: times are those of one run; kernels that only prepare (pack weights) come last.
std::string profile_table(const ProfileReport& report);
// For programs: {"model":..., "kernels":[{"kernel":..., "path":..., ...}]}, one line a kernel.
std::string profile_json(const ProfileReport& report);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_PROFILE_TABLE_H_
