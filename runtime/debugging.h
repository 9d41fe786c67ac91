// Makes native code known to tools that look at the process from outside. Internal; not installed.
#ifndef ETCH_RUNTIME_DEBUGGING_H_
#define ETCH_RUNTIME_DEBUGGING_H_

#include <cstddef>
#include <string_view>

namespace etch::runtime {

// Whether the environment variable ETCH_DEBUG is set to anything but "" and "0": code is then made
// and loaded so that perf and gdb know kernels by name. Read once.
bool debugging_wanted();

// Adds a function to /tmp/perf-PID.map, by which `perf report` names what it finds in memory that
// belongs to no file. Says nothing where that file cannot be written.
void tell_perf(std::string_view name, const void* code, size_t bytes);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_DEBUGGING_H_
