// Where things lie in a bundle, for its reader and its writer. Internal; not installed.
#ifndef ETCH_RUNTIME_BUNDLE_LAYOUT_H_
#define ETCH_RUNTIME_BUNDLE_LAYOUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "etch/runtime/bundle_file.h"
#include "etch/runtime/hash.h"

namespace etch::runtime {

// As of PNG: a byte that is no text, line ends that a transfer as text would change, an end of file
// for the screen.
inline constexpr std::array<std::byte, 8> kMagic = {
    std::byte{0x89}, std::byte{'E'},  std::byte{'T'},  std::byte{'C'},
    std::byte{'H'},  std::byte{0x0D}, std::byte{0x0A}, std::byte{0x1A}};

// The header; numbers are little-endian, what is not named is zero.
inline constexpr size_t kHeaderBytes = 64;
inline constexpr size_t kFormatAt = 8;     // u32
inline constexpr size_t kCountAt = 12;     // u32, of sections
inline constexpr size_t kLengthAt = 16;    // u64, of the file
inline constexpr size_t kChecksumAt = 24;  // u64

// An entry of the table behind it.
inline constexpr size_t kEntryBytes = 64;
inline constexpr size_t kKindAt = 0;              // u32
inline constexpr size_t kIndexAt = 4;             // u32
inline constexpr size_t kSectionOffsetAt = 8;     // u64
inline constexpr size_t kSectionLengthAt = 16;    // u64
inline constexpr size_t kSectionChecksumAt = 24;  // u64
inline constexpr size_t kHeadLengthAt = 32;       // u64
inline constexpr size_t kHeadChecksumAt = 40;     // u64

inline constexpr uint32_t kMostSections = 4096;
inline constexpr uint64_t kLongestManifest = 100'000'000;

constexpr uint64_t aligned(uint64_t offset) {
  return (offset + kBundleAlignment - 1) / kBundleAlignment * kBundleAlignment;
}

template <typename T>
T get(std::span<const std::byte> bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
template <typename T>
void put(std::span<std::byte> bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

inline BundleSection get_entry(std::span<const std::byte> entry) {
  return {static_cast<SectionKind>(get<uint32_t>(entry, kKindAt)),
          get<uint32_t>(entry, kIndexAt),
          get<uint64_t>(entry, kSectionOffsetAt),
          get<uint64_t>(entry, kSectionLengthAt),
          get<uint64_t>(entry, kSectionChecksumAt),
          get<uint64_t>(entry, kHeadLengthAt),
          get<uint64_t>(entry, kHeadChecksumAt)};
}
inline void put_entry(std::span<std::byte> entry, const BundleSection& section) {
  put(entry, kKindAt, static_cast<uint32_t>(section.kind));
  put(entry, kIndexAt, section.index);
  put(entry, kSectionOffsetAt, section.offset);
  put(entry, kSectionLengthAt, section.length);
  put(entry, kSectionChecksumAt, section.checksum);
  put(entry, kHeadLengthAt, section.head_length);
  put(entry, kHeadChecksumAt, section.head_checksum);
}

// Of the header without its own checksum, and the table.
inline uint64_t header_checksum(std::span<const std::byte> header,
                                std::span<const std::byte> table) {
  Hasher hasher;
  hasher.add(header.first(kChecksumAt));
  hasher.add(header.subspan(kChecksumAt + sizeof(uint64_t)));
  hasher.add(table);
  return hasher.value();
}

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_BUNDLE_LAYOUT_H_
