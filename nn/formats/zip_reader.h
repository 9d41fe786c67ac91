// Reads zip archives, the outer layer of PyTorch's and numpy's files. Internal.
//
// The reader trusts nothing: every offset and size is checked against the file before anything is
// allocated, entries may not claim more than their bytes can hold, and checksums must fit.
#ifndef ETCH_NN_FORMATS_ZIP_READER_H_
#define ETCH_NN_FORMATS_ZIP_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace etch::runtime {
class ByteSource;
}

namespace etch::nn::formats {

struct ZipEntry {
  std::string name;
  uint64_t size = 0;             // of its contents
  uint64_t compressed_size = 0;  // of its bytes in the file
  uint64_t header_offset = 0;    // of its local header
  uint32_t checksum = 0;         // CRC-32 of the contents
  bool deflated = false;         // else stored as it is
};

// The directory of an archive, with zip64 extensions.
class ZipReader {
 public:
  // `source` must outlive the reader. Errors: INVALID_ARGUMENT when it is no zip archive or a
  // damaged one; UNIMPLEMENTED for encrypted archives and other compressions, naming the entry.
  static absl::StatusOr<ZipReader> open(const runtime::ByteSource& source);

  // In the directory's order.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  // Null when there is none.
  const ZipEntry* find(std::string_view name) const;

  // Fills `out`, of `entry.size` bytes, with the contents. Errors: DATA_LOSS when they do not fit
  // their checksum; INVALID_ARGUMENT when the entry's own header is damaged.
  absl::Status read(const ZipEntry& entry, std::span<std::byte> out) const;
  // The contents of an entry of at most `limit` bytes; INVALID_ARGUMENT when it has more.
  absl::StatusOr<std::string> read_text(const ZipEntry& entry, uint64_t limit) const;

 private:
  explicit ZipReader(const runtime::ByteSource& source) : source_(&source) {}

  const runtime::ByteSource* source_;
  uint64_t directory_offset_ = 0;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string, size_t> index_;
};

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_ZIP_READER_H_
