#include "etch/runtime/philox.h"

#include <cmath>
#include <numbers>

namespace etch::runtime {
namespace {

uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

}  // namespace

float random_normal(uint64_t key, uint64_t index) {
  double u1 = 1.0 - random_uniform(key, index);
  double u2 = random_uniform(key, index + 1);
  double radius = std::sqrt(-2.0 * std::log(u1));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * u2));
}

uint64_t derive_key(uint64_t seed, std::string_view path) {
  return splitmix64(splitmix64(seed) ^ fnv1a(path));
}

}  // namespace etch::runtime
