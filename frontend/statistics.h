// What eager-looking code has cost so far, for tests and for the curious.
#ifndef ETCH_FRONTEND_STATISTICS_H_
#define ETCH_FRONTEND_STATISTICS_H_

#include <cstdint>

namespace etch::frontend {

struct Statistics {
  int64_t compilations = 0;  // programs compiled, in this process
  int64_t evaluations = 0;   // pending traces run by this thread that needed a program
  // Of the last of them: values computed, ops, and the time it took to find the program.
  int64_t last_results = 0;
  int64_t last_ops = 0;
  double last_lookup_seconds = 0;
};

Statistics statistics();

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_STATISTICS_H_
