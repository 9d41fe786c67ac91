// How programs are compiled and run.
#ifndef ETCH_FRONTEND_OPTIONS_H_
#define ETCH_FRONTEND_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace etch {

namespace runtime {
class Executor;
class LaunchTrace;
}  // namespace runtime

// What the factors of matrix products and convolutions of f32 are taken as; sums are f32 always.
// Errors are relative to the root mean square of a product of normal numbers, depth 1,024.
enum class MatmulPrecision {
  kF32,     // as they are
  kBf16,    // rounded to bf16: 8 bits of mantissa, error 1e-2
  kBf16x3,  // each as two bf16 numbers, of whose products three are summed: error 2e-5
  kBf16x6,  // each as three, six products: as exact as f32. Infinities become NaN, as with x3
};

struct CompileOptions {
  // What explain() calls the program.
  std::string name = "program";
  // Threads of one call, the caller's included. 0: one per core.
  int num_threads = 0;
  // Scratch memory of one call, in bytes. Compilation fails with RESOURCE_EXHAUSTED when the plan
  // needs more. Default: no limit.
  int64_t max_workspace_bytes = std::numeric_limits<int64_t>::max();
  // What the code may ask of a processor: "native", this machine's (also where empty), or a level
  // of the x86-64 ABI: "x86-64", "x86-64-v2", "x86-64-v3" (AVX2), "x86-64-v4" (AVX-512). A program
  // for more than this machine has can be put into a bundle, and compiles to none that runs here.
  std::string target = {};
  // Limits the target's features, such as "+avx2,+fma,-avx512f"; empty: those of this machine.
  std::string target_features = {};
  MatmulPrecision matmul_precision = MatmulPrecision::kF32;
  // Verifies the IR after every pass.
  bool verify = false;
  // Measures each kernel; explain() then ends with what they took, the longest first, and profile()
  // has the figures.
  bool profile = false;
  // Notes when each thread worked on which kernel (runtime/profile.h); must outlive what is
  // compiled.
  runtime::LaunchTrace* trace = nullptr;
  // Makes kernels known to gdb and perf, by names that begin with their module path, and with the
  // source lines that recorded them. The environment variable ETCH_DEBUG=1 does so for all
  // programs.
  bool debug = false;
  // Told of what does not stop a compilation and should be known, such as a damaged choice of `etch
  // tune`. Null: explain() has it.
  std::function<void(const std::string&)> warn = {};
  // Runs the kernels; must outlive what is compiled. Null: the pool of the library.
  runtime::Executor* executor = nullptr;
};

}  // namespace etch

#endif  // ETCH_FRONTEND_OPTIONS_H_
