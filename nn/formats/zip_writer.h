// Writes zip archives of stored entries, as numpy.savez does. Internal.
#ifndef ETCH_NN_FORMATS_ZIP_WRITER_H_
#define ETCH_NN_FORMATS_ZIP_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "etch/nn/formats/zip_reader.h"

namespace etch::runtime {
class AtomicFile;
}

namespace etch::nn::formats {

// The archive appears at its path when finish() has succeeded, or not at all. Every entry has
// 64-bit sizes, so that one layout serves archives of any size.
class ZipWriter {
 public:
  static absl::StatusOr<ZipWriter> create(const std::string& path);
  ZipWriter(ZipWriter&&);
  ~ZipWriter();

  // An entry of `head` followed by `body`. INVALID_ARGUMENT when the name is too long.
  absl::Status add(const std::string& name, std::span<const std::byte> head,
                   std::span<const std::byte> body = {});
  absl::Status finish();

 private:
  explicit ZipWriter(std::unique_ptr<runtime::AtomicFile> file);
  absl::Status write(std::span<const std::byte> bytes);

  std::unique_ptr<runtime::AtomicFile> file_;
  uint64_t written_ = 0;
  std::vector<ZipEntry> entries_;
};

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_ZIP_WRITER_H_
