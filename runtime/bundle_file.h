// The container of bundles, byte by byte in docs/bundle_format.md: a header, a table of sections
// with checksums, and the sections. Internal; not installed.
#ifndef ETCH_RUNTIME_BUNDLE_FILE_H_
#define ETCH_RUNTIME_BUNDLE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/storage.h"

namespace etch::runtime {

inline constexpr uint32_t kBundleFormat = 2;
inline constexpr uint64_t kBundleAlignment = 4096;  // of sections

enum class SectionKind : uint32_t { kManifest = 1, kCode = 2, kState = 3, kPacked = 4 };

struct BundleSection {
  SectionKind kind = SectionKind::kManifest;
  uint32_t index = 0;  // among those of its kind
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t checksum = 0;  // hash_of() the section
  // Of the state: its safetensors header with the length before it, which can be checked without
  // reading the weights. Zero elsewhere.
  uint64_t head_length = 0;
  uint64_t head_checksum = 0;
};

// The sections of a bundle.
struct BundleFile {
  std::vector<BundleSection> sections;
  std::string manifest;
  std::vector<std::shared_ptr<Storage>> codes;   // ELF shared objects
  std::vector<std::shared_ptr<Storage>> packed;  // derived memory of programs
  SafetensorsFile state;
};

struct BundleReadOptions {
  // Whether the weights, and what was packed of them, are held against their checksums, which reads
  // each byte of them.
  bool verify_state = true;
  // Memory for the state comes out of it; null: there is no limit.
  std::shared_ptr<MemoryBudget> budget = nullptr;
};

// Reads a bundle. Nothing of a section is handed out, and nothing said about it, before its
// checksum (unless `verify_state`: that of its head, for the state) has been found right; what the
// manifest, the code and the state say is for the caller to judge.
//
// Errors: INVALID_ARGUMENT, beginning with a rule, then what was found, where, and what to do:
//   NotABundle          the file does not begin with the magic bytes
//   UnsupportedVersion  written in a format that this library does not read
//   InvalidHeader       header or table are damaged, or do not match the file's size
//   InvalidSection      sections out of order, misaligned, overlapping, missing, of unknown kind
//   ChecksumMismatch    the bytes of a section are not those that were written
//   those of safetensors.h for the state
// and those of ByteSource::read and Storage::allocate.
absl::StatusOr<BundleFile> read_bundle(const ByteSource& source,
                                       const BundleReadOptions& options = {});

// A bundle in the making; what it points to must outlive the call of write_bundle.
struct BundleContents {
  std::string_view manifest;
  std::vector<std::span<const std::byte>> codes;
  std::vector<std::span<const std::byte>> packed = {};
  std::vector<SafetensorsEntry> state;
};

// Writes a bundle to `path`, all or nothing (see write_safetensors). The same contents give the
// same bytes.
absl::Status write_bundle(const std::string& path, const BundleContents& contents);

// The message of a broken rule: INVALID_ARGUMENT, "RULE: SOURCE: PROBLEM; ADVICE".
absl::Status broken_bundle(std::string_view rule, const std::string& source,
                           std::string_view problem);

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_BUNDLE_FILE_H_
