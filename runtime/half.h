// Conversions between f32 and the two 16-bit float formats, exact or rounded to nearest even.
#ifndef ETCH_RUNTIME_HALF_H_
#define ETCH_RUNTIME_HALF_H_

#include <bit>
#include <cstdint>

namespace etch {

// bf16 is the upper half of an f32: 8 exponent bits, 7 of mantissa. Exact.
constexpr float bf16_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// Rounds to nearest, ties to even; overflow gives infinity; a NaN stays a (quiet) NaN.
constexpr uint16_t float_to_bf16(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// f16 is IEEE binary16: 5 exponent bits, 10 of mantissa. Exact, subnormal numbers included.
constexpr float f16_to_float(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  uint32_t rest = bits & 0x7fffu;
  if (rest >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | ((rest & 0x3ffu) << 13));
  if (rest >= 0x400u) return std::bit_cast<float>(sign | ((rest << 13) + (112u << 23)));
  float magnitude = static_cast<float>(rest) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

// Rounds to nearest, ties to even; overflow gives infinity; a NaN stays a (quiet) NaN.
constexpr uint16_t float_to_f16(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u | ((bits >> 13) & 0x1ffu));
  if (bits >= 0x47800000u) return static_cast<uint16_t>(sign | 0x7c00u);  // 2^16 and above
  if (bits < 0x38800000u) {
    // Below 2^-14, the smallest normal f16: adding 0.5 leaves the value in units of 2^-24 in the
    // low bits of the sum's mantissa, rounded by the addition itself.
    auto sum = std::bit_cast<uint32_t>(std::bit_cast<float>(bits) + 0.5f);
    return static_cast<uint16_t>(sign | (sum - 0x3f000000u));
  }
  uint32_t rounded = bits + 0xfffu + ((bits >> 13) & 1u) - (112u << 23);
  return static_cast<uint16_t>(sign | (rounded >> 13));
}

}  // namespace etch

#endif  // ETCH_RUNTIME_HALF_H_
