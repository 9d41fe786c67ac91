// What native code may ask of an x86-64 processor. Internal; not installed.
#ifndef ETCH_RUNTIME_CPU_FEATURES_H_
#define ETCH_RUNTIME_CPU_FEATURES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace etch::runtime {

// Every feature that this library can look for, by LLVM's name ("avx512f", "sse4.2"): the baseline
// of x86-64, and those that schedules and instruction selection make use of for arithmetic and
// moves. The code generator uses no other, so that a bundle can say all that it needs, and asks for
// nothing that no kernel contains (AMX, cryptography).
const std::vector<std::string_view>& known_cpu_features();

// Whether this processor has the feature, and the operating system keeps its registers.
bool cpu_has(std::string_view feature);

// OK when this processor has them all. Else FAILED_PRECONDITION, "needs avx512f and fma, which this
// processor lacks".
absl::Status check_cpu(const std::vector<std::string>& features);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_CPU_FEATURES_H_
