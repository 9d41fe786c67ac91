// Counts calls of operator new in the whole process, to test code that must not allocate.
#ifndef ETCH_TESTS_RUNTIME_ALLOCATION_COUNTER_H_
#define ETCH_TESTS_RUNTIME_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace etch::testing {

int64_t allocations();

}  // namespace etch::testing

#endif  // ETCH_TESTS_RUNTIME_ALLOCATION_COUNTER_H_
