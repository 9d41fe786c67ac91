// XXH64, a fast hash of 64 bits that finds accidental damage to files. It is no protection against
// somebody who wants two files of one hash. Internal; not installed.
//
// Source: Yann Collet, "xxHash fast digest algorithm", specification 0.1.1, seed 0. The command
// `xxhsum -H64` of other systems computes the same.
#ifndef ETCH_RUNTIME_HASH_H_
#define ETCH_RUNTIME_HASH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace etch::runtime {

// The hash of bytes that come in pieces.
class Hasher {
 public:
  Hasher();
  void add(std::span<const std::byte> bytes);
  // Of all that was added so far.
  uint64_t value() const;

 private:
  static constexpr size_t kStripe = 32;

  void add_stripe(const std::byte* stripe);

  std::array<uint64_t, 4> lanes_;
  std::array<std::byte, kStripe> rest_;  // what is less than a stripe
  uint64_t length_ = 0;
};

uint64_t hash_of(std::span<const std::byte> bytes);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_HASH_H_
