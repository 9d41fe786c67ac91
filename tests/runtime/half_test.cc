#include "etch/runtime/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace etch {
namespace {

bool same(uint16_t a, uint16_t b, int mantissa_bits) {
  auto is_nan = [&](uint16_t x) {
    return (x & 0x7fff) > (0x7fff >> mantissa_bits << mantissa_bits);
  };
  return a == b || (is_nan(a) && is_nan(b));
}

TEST(Half, EveryValueSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    auto half = static_cast<uint16_t>(bits);
    EXPECT_TRUE(same(float_to_f16(f16_to_float(half)), half, 10)) << bits;
    EXPECT_TRUE(same(float_to_bf16(bf16_to_float(half)), half, 7)) << bits;
  }
}

TEST(Half, KnownValues) {
  EXPECT_EQ(f16_to_float(0x3c00), 1.0f);
  EXPECT_EQ(f16_to_float(0x0001), 0x1p-24f);
  EXPECT_EQ(f16_to_float(0x7bff), 65504.0f);
  EXPECT_EQ(f16_to_float(0xfc00), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(bf16_to_float(0x3f80), 1.0f);
  EXPECT_TRUE(std::isnan(f16_to_float(0x7e00)));
}

// The middle of two neighbours goes to the even one; one float above it goes up.
TEST(Half, F16RoundsToNearestEven) {
  for (uint16_t low = 0; low < 0x7bff; ++low) {
    float middle = (f16_to_float(low) + f16_to_float(low + 1)) / 2;
    uint16_t even = low % 2 == 0 ? low : low + 1;
    ASSERT_EQ(float_to_f16(middle), even) << low;
    ASSERT_EQ(float_to_f16(std::nextafter(middle, INFINITY)), low + 1) << low;
    ASSERT_EQ(float_to_f16(-middle), even | 0x8000) << low;
  }
}

TEST(Half, Bf16RoundsToNearestEven) {
  for (uint32_t low = 0; low < 0x7f7f; ++low) {
    float middle = std::bit_cast<float>(low << 16 | 0x8000u);
    ASSERT_EQ(float_to_bf16(middle), low % 2 == 0 ? low : low + 1);
    ASSERT_EQ(float_to_bf16(std::nextafter(middle, INFINITY)), low + 1);
  }
}

TEST(Half, OverflowIsInfinityAndNanStays) {
  EXPECT_EQ(float_to_f16(65519.0f), 0x7bff);
  EXPECT_EQ(float_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(float_to_f16(-1e30f), 0xfc00);
  EXPECT_EQ(float_to_bf16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_GT(float_to_f16(NAN) & 0x7fff, 0x7c00);
  EXPECT_GT(float_to_bf16(std::bit_cast<float>(0x7f800001u)) & 0x7fff, 0x7f80);
}

}  // namespace
}  // namespace etch
