// Many draws at once. Their bits are those of the functions for one draw: they are part of what a
// seed means.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

#include "etch/runtime/cpu_features.h"
#include "etch/runtime/executor.h"
#include "etch/runtime/philox.h"

namespace etch::runtime {
namespace {

// Elements that are computed together: each step below is a loop over them without branches, which
// the compiler turns into vectors.
constexpr int kBlock = 64;

#define ETCH_INLINE __attribute__((always_inline)) inline

ETCH_INLINE void uniform_block(uint64_t key, uint64_t index, uint64_t step, float* values) {
  for (int i = 0; i < kBlock; ++i) values[i] = random_uniform(key, index + step * i);
}

// ln(x) for x in (0, 1], with a relative error below 2^-50.
// Source: Sun Microsystems, fdlibm, e_log.c, 1993.
ETCH_INLINE double logarithm(double x) {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
  auto bits = std::bit_cast<uint64_t>(x) + (0x3FF0000000000000 - 0x3FE6A09E667F3BCD);
  auto e = static_cast<double>(static_cast<int32_t>(bits >> 52) - 1023);
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD);
  double f = m - 1, s = f / (2 + f), z = s * s, w = z * z;
  double t1 = w * (3.999999999940941908e-01 +
                   w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  double t2 = z * (6.666666666666735130e-01 +
                   w * (2.857142874366239149e-01 +
                        w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  double half_square = 0.5 * f * f;
  return e * 6.93147180369123816490e-01 -
         ((half_square - (s * (half_square + t1 + t2) + e * 1.90821492927058770002e-10)) - f);
}

// cos(x) for x in [0, 2 pi], with a relative error below 2^-50 unless `rest`, the distance to the
// nearest multiple of pi / 2, is below 2^-30.
// Source: Sun Microsystems, fdlibm, k_cos.c, k_sin.c and e_rem_pio2.c, 1993.
ETCH_INLINE double cosine(double x, double& rest) {
  auto n = static_cast<int32_t>(x * (2 / std::numbers::pi) + 0.5);
  double r = (x - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11;
  rest = r;
  double z = r * r;
  double c =
      1 -
      (0.5 * z -
       z * z *
           (4.16666666666666019037e-02 +
            z * (-1.38888888888741095749e-03 +
                 z * (2.48015872894767294178e-05 +
                      z * (-2.75573143513906633035e-07 +
                           z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))))));
  double s =
      r + r * z *
              (-1.66666666666666324348e-01 +
               z * (8.33333333332248946124e-03 +
                    z * (-1.98412698298579493134e-04 +
                         z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 +
                                                                z * 1.58969099521155010221e-10)))));
  double value = (n & 1) != 0 ? s : c;
  return ((n + 1) & 2) != 0 ? -value : value;
}

// As random_normal(), in two steps: logarithm and cosine by polynomials that are a little less
// exact than libm's, which makes no difference once the product is rounded to f32, and where it
// might, the function itself. Source: Ziv, "Fast Evaluation of Elementary Mathematical Functions
// with Correctly Rounded Last Bit", 1991.
ETCH_INLINE void normal_block(uint64_t key, uint64_t index, float* values) {
  float first[kBlock], second[kBlock];
  int doubtful[kBlock];
  uniform_block(key, index, 2, first);
  uniform_block(key, index + 1, 2, second);
  for (int i = 0; i < kBlock; ++i) {
    double radius = std::sqrt(-2.0 * logarithm(1.0 - static_cast<double>(first[i])));
    double rest = 0;
    double value = radius * cosine(2.0 * std::numbers::pi * static_cast<double>(second[i]), rest);
    values[i] = static_cast<float>(value);
    // A double has 29 bits that a float has not; rounding turns where the first of them is set
    // alone.
    constexpr int64_t kTail = (1 << 29) - 1, kTurn = 1 << 28, kDoubt = 1 << 10;
    auto tail = static_cast<int64_t>(std::bit_cast<uint64_t>(value)) & kTail;
    doubtful[i] = static_cast<int>(std::abs(tail - kTurn) < kDoubt) |
                  static_cast<int>(std::abs(rest) < 0x1p-30) | static_cast<int>(radius < 0x1p-12);
  }
  for (int i = 0; i < kBlock; ++i)
    if (doubtful[i] != 0) values[i] = random_normal(key, index + 2 * i);
}

// The blocks of a range, compiled for each width of vectors.
#define ETCH_FILLS(NAME, TARGET)                                                            \
                                                                                            \
  TARGET void uniform_##NAME(uint64_t key, uint64_t index, float* values, int64_t blocks) { \
    for (int64_t b = 0; b < blocks; ++b)                                                    \
      uniform_block(key, index + b * kBlock, 1, values + b * kBlock);                       \
  }                                                                                         \
                                                                                            \
  TARGET void normal_##NAME(uint64_t key, uint64_t index, float* values, int64_t blocks) {  \
    for (int64_t b = 0; b < blocks; ++b)                                                    \
      normal_block(key, index + 2 * b * kBlock, values + b * kBlock);                       \
  }

ETCH_FILLS(plain, )
#if defined(__x86_64__)
ETCH_FILLS(avx2, __attribute__((target("avx2,fma"))))
ETCH_FILLS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))))
#endif

using Fill = void (*)(uint64_t key, uint64_t index, float* values, int64_t blocks);

Fill widest([[maybe_unused]] Fill avx512, [[maybe_unused]] Fill avx2, Fill plain) {
#if defined(__x86_64__)
  auto has = [](auto... names) { return (cpu_has(names) && ...); };
  if (has("avx512f", "avx512dq", "avx512vl", "avx512bw")) return avx512;
  if (has("avx2", "fma")) return avx2;
#endif
  return plain;
}

// Whole blocks on the threads of `executor`; the rest by `one`.
template <typename One>
void fill(Fill blocks_of, uint64_t key, uint64_t index, uint64_t step, std::span<float> values,
          Executor& executor, One&& one) {
  constexpr int64_t kBlocksPerPiece = 64;
  auto blocks = static_cast<int64_t>(values.size()) / kBlock;
  int64_t pieces = (blocks + kBlocksPerPiece - 1) / kBlocksPerPiece;
  executor.parallel_for(pieces, [&](int64_t begin, int64_t end) {
    int64_t first = begin * kBlocksPerPiece, last = std::min(end * kBlocksPerPiece, blocks);
    blocks_of(key, index + step * kBlock * first, values.data() + first * kBlock, last - first);
  });
  for (size_t i = static_cast<size_t>(blocks) * kBlock; i < values.size(); ++i)
    values[i] = one(key, index + step * i);
}

}  // namespace

void fill_random_uniform(uint64_t key, uint64_t index, std::span<float> values,
                         Executor& executor) {
#if defined(__x86_64__)
  static const Fill blocks = widest(uniform_avx512, uniform_avx2, uniform_plain);
#else
  static const Fill blocks = uniform_plain;
#endif
  fill(blocks, key, index, 1, values, executor, random_uniform);
}

void fill_random_normal(uint64_t key, uint64_t index, std::span<float> values, Executor& executor) {
#if defined(__x86_64__)
  static const Fill blocks = widest(normal_avx512, normal_avx2, normal_plain);
#else
  static const Fill blocks = normal_plain;
#endif
  fill(blocks, key, index, 2, values, executor, random_normal);
}

}  // namespace etch::runtime
