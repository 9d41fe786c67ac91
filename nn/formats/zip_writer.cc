#include "etch/nn/formats/zip_writer.h"

#include <zlib.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/nn/formats/zip_layout.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/status.h"

namespace etch::nn::formats {
namespace {

constexpr uint16_t kVersion = 45;         // 4.5: zip64
constexpr uint16_t kUtf8Names = 1 << 11;  // flag
constexpr uint16_t kDate = 1 | (1 << 5);  // 1980-01-01, so that equal contents give equal files

// What local header and directory entry have in common, from the version needed on.
void put_common(FieldWriter& out, const ZipEntry& entry, uint16_t extra_bytes) {
  out.u16(kVersion).u16(kUtf8Names).u16(/*method=*/0).u16(/*time=*/0).u16(kDate);
  out.u32(entry.checksum).u32(kSeeZip64).u32(kSeeZip64);
  out.u16(static_cast<uint16_t>(entry.name.size())).u16(extra_bytes);
}

FieldWriter local_header(const ZipEntry& entry) {
  FieldWriter out;
  out.u32(kLocalHeader);
  put_common(out, entry, 20);
  out.text(entry.name);
  out.u16(kZip64Extra).u16(16).u64(entry.size).u64(entry.size);
  return out;
}

void put_directory_entry(FieldWriter& out, const ZipEntry& entry) {
  out.u32(kDirectoryEntry).u16(kVersion);
  put_common(out, entry, 28);
  out.u16(/*comment=*/0).u16(/*disk=*/0).u16(/*attributes=*/0).u32(0).u32(kSeeZip64);
  out.text(entry.name);
  out.u16(kZip64Extra).u16(24).u64(entry.size).u64(entry.size).u64(entry.header_offset);
}

uint32_t checksum_of(std::span<const std::byte> head, std::span<const std::byte> body) {
  auto add = [](uLong sum, std::span<const std::byte> bytes) {
    return crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  // A null pointer would restart the sum.
  uLong sum = head.empty() ? 0 : add(0, head);
  return static_cast<uint32_t>(body.empty() ? sum : add(sum, body));
}

}  // namespace

ZipWriter::ZipWriter(std::unique_ptr<runtime::AtomicFile> file) : file_(std::move(file)) {}
ZipWriter::ZipWriter(ZipWriter&&) = default;
ZipWriter::~ZipWriter() = default;

absl::StatusOr<ZipWriter> ZipWriter::create(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(runtime::AtomicFile file, runtime::AtomicFile::create(path));
  return ZipWriter(std::make_unique<runtime::AtomicFile>(std::move(file)));
}

absl::Status ZipWriter::write(std::span<const std::byte> bytes) {
  written_ += bytes.size();
  return file_->write(bytes);
}

absl::Status ZipWriter::add(const std::string& name, std::span<const std::byte> head,
                            std::span<const std::byte> body) {
  if (name.size() > 0xffff - 100)
    return absl::InvalidArgumentError(
        absl::StrCat("the name of ", name.size(), " bytes is too long for a zip archive"));
  ZipEntry entry{.name = name,
                 .size = head.size() + body.size(),
                 .compressed_size = head.size() + body.size(),
                 .header_offset = written_,
                 .checksum = checksum_of(head, body)};
  ETCH_RETURN_IF_ERROR(write(local_header(entry).bytes()));
  ETCH_RETURN_IF_ERROR(write(head));
  ETCH_RETURN_IF_ERROR(write(body));
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status ZipWriter::finish() {
  uint64_t begin = written_;
  FieldWriter directory;
  for (const ZipEntry& entry : entries_) put_directory_entry(directory, entry);
  ETCH_RETURN_IF_ERROR(write(directory.bytes()));

  uint64_t end = written_, count = entries_.size();
  FieldWriter out;
  out.u32(kZip64EndRecord).u64(kZip64EndRecordBytes - 12).u16(kVersion).u16(kVersion);
  out.u32(0).u32(0).u64(count).u64(count).u64(end - begin).u64(begin);
  out.u32(kZip64Locator).u32(0).u64(end).u32(/*disks=*/1);
  out.u32(kEndRecord).u16(0).u16(0).u16(kSeeZip64Short).u16(kSeeZip64Short);
  out.u32(kSeeZip64).u32(kSeeZip64).u16(/*comment=*/0);
  ETCH_RETURN_IF_ERROR(write(out.bytes()));
  return file_->commit();
}

}  // namespace etch::nn::formats
