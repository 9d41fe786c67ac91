// Counts calls of operator new in the whole process, to test code that must not allocate.
#ifndef ETCH_TESTS_RUNTIME_ALLOCATION_COUNTER_H_
#define ETCH_TESTS_RUNTIME_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace etch::testing {

// Calls so far, of any thread.
int64_t allocations();

// Whether they are counted: not under ThreadSanitizer, whose own operator new cannot be replaced.
extern const bool kCountsAllocations;

}  // namespace etch::testing

#endif  // ETCH_TESTS_RUNTIME_ALLOCATION_COUNTER_H_
