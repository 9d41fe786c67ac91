#include "etch/runtime/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace etch::runtime {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                   kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63,
                   kPrime5 = 0x27D4EB2F165667C5;

template <typename T>
T read(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

uint64_t round(uint64_t lane, uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

uint64_t merge(uint64_t hash, uint64_t lane) { return (hash ^ round(0, lane)) * kPrime1 + kPrime4; }

}  // namespace

Hasher::Hasher() : lanes_{kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1} {}

void Hasher::add_stripe(const std::byte* stripe) {
  for (size_t i = 0; i < 4; ++i) lanes_[i] = round(lanes_[i], read<uint64_t>(stripe + 8 * i));
}

void Hasher::add(std::span<const std::byte> bytes) {
  size_t held = length_ % kStripe;
  length_ += bytes.size();
  if (held > 0) {
    auto first = bytes.first(std::min(bytes.size(), kStripe - held));
    std::ranges::copy(first, rest_.begin() + held);
    bytes = bytes.subspan(first.size());
    if (held + first.size() < kStripe) return;
    add_stripe(rest_.data());
  }
  for (; bytes.size() >= kStripe; bytes = bytes.subspan(kStripe)) add_stripe(bytes.data());
  std::ranges::copy(bytes, rest_.begin());
}

uint64_t Hasher::value() const {
  uint64_t hash = kPrime5;
  if (length_ >= kStripe) {
    hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
           std::rotl(lanes_[3], 18);
    for (uint64_t lane : lanes_) hash = merge(hash, lane);
  }
  hash += length_;
  const std::byte* next = rest_.data();
  const std::byte* end = next + length_ % kStripe;
  for (; end - next >= 8; next += 8)
    hash = std::rotl(hash ^ round(0, read<uint64_t>(next)), 27) * kPrime1 + kPrime4;
  if (end - next >= 4) {
    hash = std::rotl(hash ^ read<uint32_t>(next) * kPrime1, 23) * kPrime2 + kPrime3;
    next += 4;
  }
  for (; next < end; ++next)
    hash = std::rotl(hash ^ std::to_integer<uint64_t>(*next) * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

uint64_t hash_of(std::span<const std::byte> bytes) {
  Hasher hasher;
  hasher.add(bytes);
  return hasher.value();
}

}  // namespace etch::runtime
