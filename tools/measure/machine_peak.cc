#include "etch/tools/measure/machine_peak.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "etch/runtime/cpu_features.h"
#include "etch/tools/measure/timing.h"

namespace etch::tools {
namespace {

// More chains than a multiply-add has cycles of latency times units, and few enough for registers.
constexpr int kChains = 12;
constexpr int kSteps = 1 << 14;

// A vector that holds across function targets only as memory: used inside one function at a time.
template <int kBytes>
struct VectorOf {
  typedef float Type __attribute__((vector_size(kBytes)));
};

// kChains * kSteps multiply-adds; the empty assembly keeps the compiler from computing them itself.
#define ETCH_CHAINS(BYTES)                                       \
  using Vector = VectorOf<BYTES>::Type;                          \
  Vector sums[kChains] = {};                                     \
  Vector x = Vector{} + 0.5f, y = Vector{} + 0.25f;              \
  for (int step = 0; step < kSteps; ++step)                      \
    _Pragma("GCC unroll 12") for (int i = 0; i < kChains; ++i) { \
      sums[i] = sums[i] * x + y;                                 \
      asm volatile("" : "+x"(sums[i]));                          \
    }                                                            \
  asm volatile("" : : "x"(sums[0]));                             \
  return static_cast<int64_t>(kChains) * kSteps * (BYTES / 4) * 2

// Sums of what is read, in lines of a cache.
#define ETCH_READ(BYTES)                                                  \
  using Vector = VectorOf<BYTES>::Type;                                   \
  constexpr int64_t kLanes = BYTES / 4;                                   \
  Vector sums[4] = {};                                                    \
  for (int64_t i = 0; i + 4 * kLanes <= count; i += 4 * kLanes)           \
    for (int s = 0; s < 4; ++s)                                           \
      sums[s] += *reinterpret_cast<const Vector*>(data + i + s * kLanes); \
  Vector sum = sums[0] + sums[1] + sums[2] + sums[3];                     \
  asm volatile("" : : "x"(sum))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"

int64_t chains_sse() { ETCH_CHAINS(16); }
void read_sse(const float* data, int64_t count) { ETCH_READ(16); }

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) int64_t chains_avx2() { ETCH_CHAINS(32); }
__attribute__((target("avx2,fma"))) void read_avx2(const float* data, int64_t count) {
  ETCH_READ(32);
}
__attribute__((target("avx512f"))) int64_t chains_avx512() { ETCH_CHAINS(64); }
__attribute__((target("avx512f"))) void read_avx512(const float* data, int64_t count) {
  ETCH_READ(64);
}
#endif

#pragma GCC diagnostic pop

struct Loops {
  int64_t (*chains)() = chains_sse;
  void (*read)(const float* data, int64_t count) = read_sse;
};

Loops widest() {
#if defined(__x86_64__)
  if (runtime::cpu_has("avx512f")) return {chains_avx512, read_avx512};
  if (runtime::cpu_has("avx2") && runtime::cpu_has("fma")) return {chains_avx2, read_avx2};
#endif
  return {};
}

// The best of `rounds`: what disturbs makes slower only.
template <typename Work>
double fastest(int rounds, Work&& work) {
  double best = seconds(work);
  for (int i = 1; i < rounds; ++i) best = std::min(best, seconds(work));
  return best;
}

}  // namespace

double measure_fma_peak(runtime::Executor& executor, int rounds) {
  Loops loops = widest();
  // So many pieces that threads share them evenly.
  int64_t pieces = 16 * executor.concurrency();
  int64_t operations = loops.chains() * pieces;
  double time = fastest(rounds, [&] {
    executor.parallel_for(pieces, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) loops.chains();
    });
  });
  return static_cast<double>(operations) / time * 1e-9;
}

double measure_read_bandwidth(runtime::Executor& executor, int64_t bytes) {
  Loops loops = widest();
  int64_t pieces = 16 * executor.concurrency();
  int64_t line = 64;  // floats, a multiple of what a step of the widest loop reads
  int64_t part = std::max<int64_t>(line, std::min(bytes, kLargestRead) / 4 / pieces / line * line);
  // Aligned by hand: vectors are read whole.
  std::vector<float> buffer(static_cast<size_t>(part * pieces + line), 1.0f);
  auto address = reinterpret_cast<uintptr_t>(buffer.data());
  float* data = buffer.data() + (-address % 64) / sizeof(float);
  // Small buffers are read often enough for the clock.
  int64_t repeats = std::max<int64_t>(1, (int64_t{4} << 20) / (part * pieces * 4));
  double time = fastest(7, [&] {
    for (int64_t r = 0; r < repeats; ++r)
      executor.parallel_for(pieces, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) loops.read(data + i * part, part);
      });
  });
  return static_cast<double>(part * pieces * 4 * repeats) / time * 1e-9;
}

MachinePeak measure_peak(runtime::Executor& executor, int64_t bytes) {
  return {measure_fma_peak(executor), measure_read_bandwidth(executor, bytes)};
}

}  // namespace etch::tools
