#include "etch/runtime/philox.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include "etch/runtime/executor.h"

namespace etch::runtime {
namespace {

using Block = std::array<uint32_t, 4>;

// kat_vectors of the Random123 distribution, lines "philox4x32 10".
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, IndexAndKeyFillTheLowWordsFirst) {
  EXPECT_EQ(random_bits(0, 0), 0x6627e8d5u);
  EXPECT_EQ(random_bits(0x0000000200000001, 0x0000000400000003),
            philox4x32({3, 4, 0, 0}, {1, 2})[0]);
  EXPECT_EQ(random_bits(7, uint64_t{1} << 32), philox4x32({0, 1, 0, 0}, {7, 0})[0]);
}

TEST(Philox, UniformIsTheUpper24Bits) {
  EXPECT_EQ(random_uniform(0, 0), static_cast<float>(0x6627e8) / 16777216.0f);
  for (uint64_t i = 0; i < 1000; ++i) {
    EXPECT_GE(random_uniform(1, i), 0.0f);
    EXPECT_LT(random_uniform(1, i), 1.0f);
  }
}

TEST(Philox, UniformMomentsAreThoseOfTheDistribution) {
  constexpr int kCount = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    double u = random_uniform(42, i);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kCount, 1.0 / 2, 0.005);
  EXPECT_NEAR(squares / kCount, 1.0 / 3, 0.005);
}

TEST(Philox, NormalIsBoxMullerOfTwoUniforms) {
  double u1 = 1.0 - random_uniform(5, 10), u2 = random_uniform(5, 11);
  EXPECT_EQ(random_normal(5, 10),
            static_cast<float>(std::sqrt(-2 * std::log(u1)) * std::cos(2 * M_PI * u2)));
}

TEST(Philox, NormalMomentsAreThoseOfTheDistribution) {
  constexpr int kCount = 100000;
  double moments[4] = {};
  for (int i = 0; i < kCount; ++i) {
    double x = random_normal(42, 2 * i), power = 1;
    ASSERT_TRUE(std::isfinite(x));
    for (double& moment : moments) moment += (power *= x) / kCount;
  }
  EXPECT_NEAR(moments[0], 0, 0.015);
  EXPECT_NEAR(moments[1], 1, 0.02);
  EXPECT_NEAR(moments[2], 0, 0.05);
  EXPECT_NEAR(moments[3], 3, 0.15);
}

// Whatever the width of vectors and the number of threads; with and without whole blocks.
TEST(Philox, ManyDrawsHaveTheBitsOfSingleOnes) {
  ThreadPool pool(3);
  for (size_t count : {0, 1, 63, 64, 65, 100'003}) {
    for (uint64_t key : {uint64_t{7}, ~uint64_t{0}}) {
      uint64_t index = ~uint64_t{0} - 1000;  // goes around
      std::vector<float> normal(count), uniform(count);
      fill_random_normal(key, index, normal, pool);
      fill_random_uniform(key, index, uniform, pool);
      for (size_t i = 0; i < count; ++i) {
        ASSERT_EQ(std::bit_cast<uint32_t>(normal[i]),
                  std::bit_cast<uint32_t>(random_normal(key, index + 2 * i)))
            << i;
        ASSERT_EQ(uniform[i], random_uniform(key, index + i)) << i;
      }
    }
  }
}

// The outputs of the reference generator with state 0; each call of it adds the golden gamma.
TEST(SplitMix, KnownAnswers) {
  constexpr uint64_t kGamma = 0x9E3779B97F4A7C15;
  EXPECT_EQ(splitmix64(0), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(splitmix64(kGamma), 0x6E789E6AA1B965F4u);
  EXPECT_EQ(splitmix64(2 * kGamma), 0x06C45D188009454Fu);
  EXPECT_EQ(splitmix64(1234567), 6457827717110365317u);
}

TEST(DeriveKey, DiffersBySeedAndPathAndIsStable) {
  std::set<uint64_t> keys;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (const char* path : {"", "rng", "rng.drop", "rng.drop1", "layer.0.drop"}) {
      keys.insert(derive_key(seed, path));
    }
  }
  EXPECT_EQ(keys.size(), 500u);
  // FNV-1a of the empty string is its offset basis. Saved random state depends on this value.
  EXPECT_EQ(derive_key(0, ""), splitmix64(0xE220A8397B1DCDAFu ^ 0xCBF29CE484222325u));
}

}  // namespace
}  // namespace etch::runtime
