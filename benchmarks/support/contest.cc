#include "etch/benchmarks/support/contest.h"

#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace etch::benchmarks {
namespace {

constexpr int kChains = 12;  // more than latency times ports
constexpr int64_t kSteps = 100000;

// The result is handed out so that the work is not optimized away.
__attribute__((target("avx512f"))) float fma512() {
  __m512 sums[kChains], x = _mm512_setzero_ps();
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < kSteps; ++i) {
    asm volatile("" : "+v"(x));
#pragma GCC unroll 12
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(x, x, sum);
  }
  __m512 total = _mm512_setzero_ps();
  for (__m512& sum : sums) total = _mm512_add_ps(total, sum);
  return _mm512_reduce_add_ps(total);
}

__attribute__((target("avx2,fma"))) float fma256() {
  __m256 sums[kChains], x = _mm256_setzero_ps();
  for (__m256& sum : sums) sum = _mm256_setzero_ps();
  for (int64_t i = 0; i < kSteps; ++i) {
    asm volatile("" : "+x"(x));
#pragma GCC unroll 12
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(x, x, sum);
  }
  __m256 total = _mm256_setzero_ps();
  for (__m256& sum : sums) total = _mm256_add_ps(total, sum);
  return total[0];
}

__attribute__((target("avx2"))) int64_t read_all(const std::vector<int64_t>& data) {
  constexpr size_t kAtOnce = 4, kLanes = 4;
  __m256i sums[kAtOnce] = {};
  const auto* vectors = reinterpret_cast<const __m256i*>(data.data());
  for (size_t i = 0; i + kAtOnce <= data.size() / kLanes; i += kAtOnce)
#pragma GCC unroll 4
    for (size_t j = 0; j < kAtOnce; ++j)
      sums[j] = _mm256_xor_si256(sums[j], _mm256_loadu_si256(vectors + i + j));
  __m256i all = _mm256_setzero_si256();
  for (__m256i sum : sums) all = _mm256_xor_si256(all, sum);
  return _mm256_extract_epi64(all, 0);
}

volatile double sink;

}  // namespace

double microseconds(const std::function<void()>& run) {
  auto start = std::chrono::steady_clock::now();
  run();
  std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void contest(std::vector<Contestant>& contestants, int rounds, double batch_us) {
  std::vector<int> counts;
  for (Contestant& one : contestants) {
    one.run();
    counts.push_back(std::clamp(static_cast<int>(batch_us / microseconds(one.run)), 1, 100000));
  }
  for (int round = 0; round <= rounds; ++round) {
    for (size_t i = 0; i < contestants.size(); ++i) {
      double us = microseconds([&] {
        for (int n = 0; n < counts[i]; ++n) contestants[i].run();
      });
      if (round > 0) contestants[i].us.push_back(us / counts[i]);
    }
  }
}

double measure_fma_peak() {
  bool wide = __builtin_cpu_supports("avx512f");
  double us = microseconds([&] { sink = wide ? fma512() : fma256(); });
  double lanes = wide ? 16 : 8;
  return 2 * lanes * kChains * kSteps / us * 1e-3;
}

double measure_read_bandwidth(size_t bytes) {
  std::vector<int64_t> data(bytes / sizeof(int64_t), 1);
  std::vector<double> us;
  for (int i = 0; i < 9; ++i)
    us.push_back(microseconds([&] { sink = static_cast<double>(read_all(data)); }));
  return bytes / median(us) * 1e-3;
}

}  // namespace etch::benchmarks
