// Random numbers as a pure function of (key, counter), so that a draw is the same whatever the
// schedule, the number of threads or the host's compiler. Generated code and the reference
// evaluator compute the same mapping; it is part of the format of saved random state and never
// changes.
//
// The state of a generator is two i64: {key, counter}. A draw of n elements uses the counters
// counter .. counter + n - 1 (a normal draw 2n of them) and leaves the counter behind the last.
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC'11.
#ifndef ETCH_RUNTIME_PHILOX_H_
#define ETCH_RUNTIME_PHILOX_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace etch::runtime {

class Executor;

// Philox4x32 with 10 rounds: a bijection of the 128-bit counter for each 64-bit key, words with the
// least significant first. 2^128 distinct blocks for a key.
[[gnu::always_inline]] constexpr std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter,
                                                                    std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<uint32_t>(product0)};
    key[0] += 0x9E3779B9;  // golden ratio
    key[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

// 32 uniform bits for one element: the first output word of the block whose counter has `index` in
// its low 64 bits and 0 above. Element i of a draw has index counter + i, modulo 2^64.
[[gnu::always_inline]] constexpr uint32_t random_bits(uint64_t key, uint64_t index) {
  return philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), 0, 0},
                    {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)})[0];
}

// Uniform in [0, 1), a multiple of 2^-24; exact in f32.
[[gnu::always_inline]] constexpr float random_uniform(uint64_t key, uint64_t index) {
  return static_cast<float>(random_bits(key, index) >> 8) * 0x1p-24f;
}

// Standard normal by Box and Muller, from two uniforms at neighbouring indices:
//
//   u1 = 1 - random_uniform(key, index)      in (0, 1]
//   u2 = random_uniform(key, index + 1)
//   result = sqrt(-2 ln u1) cos(2 pi u2)
//
// Element i of a normal draw has index counter + 2i. Computed in double and rounded to f32.
float random_normal(uint64_t key, uint64_t index);

// values[i] = random_uniform(key, index + i), and random_normal(key, index + 2 i): the same bits,
// in vectors and on all threads of `executor`.
void fill_random_uniform(uint64_t key, uint64_t index, std::span<float> values, Executor& executor);
void fill_random_normal(uint64_t key, uint64_t index, std::span<float> values, Executor& executor);

// One step of SplitMix64 on the state `x`: adds the golden gamma and mixes. A bijection; turns
// seeds that differ in a bit into unrelated numbers.
// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
constexpr uint64_t splitmix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

// The key of the generator at `path` ("rng.drop") under a program's `seed`: splitmix64(splitmix64(
// seed) ^ FNV-1a(path)). Draws at different paths are unrelated, and adding a generator leaves the
// others' draws as they were.
uint64_t derive_key(uint64_t seed, std::string_view path);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_PHILOX_H_
