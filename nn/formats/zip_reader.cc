#include "etch/nn/formats/zip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/nn/formats/zip_layout.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/status.h"

namespace etch::nn::formats {
namespace {

using runtime::ByteSource;

// Deflate cannot do better: a block of 258 equal bytes takes two bits.
constexpr uint64_t kMaxDeflateRatio = 1032;
constexpr uint64_t kMaxDirectoryBytes = 256 << 20;

absl::Status damaged(const ByteSource& source, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(source.name(), ": ", what,
                   "; the file is damaged or no zip archive: fetch or write it again"));
}

template <size_t n>
absl::StatusOr<std::array<std::byte, n>> read_record(const ByteSource& source, uint64_t offset) {
  std::array<std::byte, n> record;
  ETCH_RETURN_IF_ERROR(source.read(offset, record));
  return record;
}

// Where the directory of entries lies.
struct Directory {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t entries = 0;
};

// The end record is the last thing in a file, but for a comment of at most 65,535 bytes.
absl::StatusOr<uint64_t> find_end_record(const ByteSource& source) {
  uint64_t tail_bytes = std::min<uint64_t>(source.size(), kEndRecordBytes + 0xffff);
  std::vector<std::byte> tail(tail_bytes);
  ETCH_RETURN_IF_ERROR(source.read(source.size() - tail_bytes, tail));
  for (uint64_t at = tail_bytes; at >= kEndRecordBytes; --at) {
    auto record = std::span(tail).subspan(at - kEndRecordBytes);
    FieldReader fields(record);
    if (fields.u32() != kEndRecord) continue;
    fields.bytes(16);
    if (fields.u16() == record.size() - kEndRecordBytes)
      return source.size() - tail_bytes + at - kEndRecordBytes;
  }
  return damaged(source, "it has no directory of zip entries at its end");
}

// What the zip64 end record says, where there is one before the end record at `end`.
absl::StatusOr<std::optional<Directory>> zip64_directory(const ByteSource& source, uint64_t end) {
  if (end < kZip64LocatorBytes) return std::nullopt;
  ETCH_ASSIGN_OR_RETURN(auto locator,
                        read_record<kZip64LocatorBytes>(source, end - kZip64LocatorBytes));
  FieldReader place(locator);
  if (place.u32() != kZip64Locator) return std::nullopt;
  place.u32();  // The disk's number.
  ETCH_ASSIGN_OR_RETURN(auto record, read_record<kZip64EndRecordBytes>(source, place.u64()));
  FieldReader fields(record);
  if (fields.u32() != kZip64EndRecord)
    return damaged(source, "its zip64 locator points at no zip64 record");
  fields.bytes(20);
  Directory directory;
  uint64_t on_this_disk = fields.u64();
  directory.entries = fields.u64();
  directory.bytes = fields.u64();
  directory.offset = fields.u64();
  if (on_this_disk != directory.entries) return damaged(source, "it is one of several parts");
  return directory;
}

absl::StatusOr<Directory> find_directory(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(uint64_t end, find_end_record(source));
  ETCH_ASSIGN_OR_RETURN(auto record, read_record<kEndRecordBytes>(source, end));
  FieldReader fields(record);
  fields.bytes(8);
  uint16_t on_this_disk = fields.u16();
  Directory directory;
  directory.entries = fields.u16();
  directory.bytes = fields.u32();
  directory.offset = fields.u32();
  if (on_this_disk != directory.entries) return damaged(source, "it is one of several parts");
  ETCH_ASSIGN_OR_RETURN(auto large, zip64_directory(source, end));
  if (large) directory = *large;
  if (directory.offset > end || directory.bytes > end - directory.offset)
    return damaged(source, "its directory lies beyond its end");
  if (directory.bytes > kMaxDirectoryBytes ||
      directory.entries > directory.bytes / kDirectoryEntryBytes)
    return damaged(source, absl::StrCat("its directory cannot have ", directory.entries,
                                        " entries in ", directory.bytes, " bytes"));
  return directory;
}

// Replaces fields that were too small for their values by those of the zip64 extra field.
bool read_zip64_extra(std::span<const std::byte> extra, ZipEntry& entry) {
  FieldReader blocks(extra);
  while (blocks.left() >= 4) {
    uint16_t kind = blocks.u16(), bytes = blocks.u16();
    FieldReader values(blocks.bytes(bytes));
    if (kind != kZip64Extra) continue;
    if (entry.size == kSeeZip64) entry.size = values.u64();
    if (entry.compressed_size == kSeeZip64) entry.compressed_size = values.u64();
    if (entry.header_offset == kSeeZip64) entry.header_offset = values.u64();
    return blocks.ok() && values.ok();
  }
  return true;  // PyTorch pads with what is no block.
}

absl::StatusOr<ZipEntry> read_entry(const ByteSource& source, FieldReader& fields) {
  if (fields.u32() != kDirectoryEntry) return damaged(source, "an entry of its directory is none");
  fields.bytes(4);
  uint16_t flags = fields.u16(), method = fields.u16();
  fields.bytes(4);
  ZipEntry entry;
  entry.checksum = fields.u32();
  entry.compressed_size = fields.u32();
  entry.size = fields.u32();
  uint16_t name_bytes = fields.u16(), extra_bytes = fields.u16(), comment_bytes = fields.u16();
  fields.bytes(8);
  entry.header_offset = fields.u32();
  auto name = fields.bytes(name_bytes);
  entry.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  auto extra = fields.bytes(extra_bytes);
  fields.bytes(comment_bytes);
  if (!fields.ok() || !read_zip64_extra(extra, entry))
    return damaged(source, "its directory ends within an entry");
  if (flags & 1)
    return absl::UnimplementedError(
        absl::StrCat(source.name(), ": entry \"", entry.name, "\" is encrypted"));
  if (method != 0 && method != 8)
    return absl::UnimplementedError(absl::StrCat(source.name(), ": entry \"", entry.name,
                                                 "\" is compressed by method ", method,
                                                 "; stored (0) and deflated (8) ones can be read"));
  entry.deflated = method == 8;
  return entry;
}

// Whether the sizes of an entry can be true.
bool is_plausible(const ZipEntry& entry, uint64_t directory_offset) {
  if (entry.header_offset > directory_offset ||
      entry.compressed_size > directory_offset - entry.header_offset)
    return false;
  if (!entry.deflated) return entry.size == entry.compressed_size;
  return entry.size / kMaxDeflateRatio <= entry.compressed_size;
}

absl::Status inflate_into(const std::string& where, std::span<const std::byte> compressed,
                          std::span<std::byte> out) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return absl::ResourceExhaustedError(absl::StrCat(where, ": no memory to inflate it"));
  // zlib counts in 32 bits: feed it by pieces.
  constexpr size_t kPiece = 1 << 30;
  int result = Z_OK;
  size_t read = 0, written = 0;
  std::byte nothing;
  while (result == Z_OK) {
    auto in_piece = compressed.subspan(read, std::min(kPiece, compressed.size() - read));
    auto out_piece = out.subspan(written, std::min(kPiece, out.size() - written));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in_piece.data()));
    stream.avail_in = static_cast<uInt>(in_piece.size());
    stream.next_out = reinterpret_cast<Bytef*>(out_piece.empty() ? &nothing : out_piece.data());
    stream.avail_out = static_cast<uInt>(out_piece.size());
    result = inflate(&stream, Z_NO_FLUSH);
    read += in_piece.size() - stream.avail_in;
    written += out_piece.size() - stream.avail_out;
  }
  inflateEnd(&stream);
  if (result == Z_STREAM_END && written == out.size()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(where, ": its compressed bytes are damaged"));
}

uint32_t checksum_of(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

absl::StatusOr<ZipReader> ZipReader::open(const ByteSource& source) {
  ETCH_ASSIGN_OR_RETURN(Directory directory, find_directory(source));
  std::vector<std::byte> bytes(directory.bytes);
  ETCH_RETURN_IF_ERROR(source.read(directory.offset, bytes));
  ZipReader reader(source);
  reader.directory_offset_ = directory.offset;
  FieldReader fields(bytes);
  uint64_t total = 0;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    ETCH_ASSIGN_OR_RETURN(ZipEntry entry, read_entry(source, fields));
    if (!is_plausible(entry, directory.offset))
      return damaged(source, absl::StrCat("entry \"", entry.name, "\" claims ", entry.size,
                                          " bytes, which it cannot have"));
    total += entry.compressed_size;
    // Entries that overlap are how small files claim to hold petabytes.
    if (total > source.size()) return damaged(source, "its entries overlap");
    if (!reader.index_.emplace(entry.name, reader.entries_.size()).second)
      return damaged(source, absl::StrCat("entry \"", entry.name, "\" comes twice"));
    reader.entries_.push_back(std::move(entry));
  }
  return reader;
}

const ZipEntry* ZipReader::find(std::string_view name) const {
  auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &entries_[found->second];
}

absl::Status ZipReader::read(const ZipEntry& entry, std::span<std::byte> out) const {
  ETCH_ASSIGN_OR_RETURN(auto header, read_record<kLocalHeaderBytes>(*source_, entry.header_offset));
  FieldReader fields(header);
  if (fields.u32() != kLocalHeader)
    return damaged(*source_, absl::StrCat("entry \"", entry.name, "\" is not where it should be"));
  fields.bytes(22);
  uint64_t name_bytes = fields.u16(), extra_bytes = fields.u16();
  uint64_t begin = entry.header_offset + kLocalHeaderBytes + name_bytes + extra_bytes;
  if (begin > directory_offset_ || entry.compressed_size > directory_offset_ - begin)
    return damaged(*source_, absl::StrCat("entry \"", entry.name, "\" reaches beyond its end"));
  std::string where = absl::StrCat(source_->name(), ": entry \"", entry.name, "\"");
  if (entry.deflated) {
    std::vector<std::byte> compressed(entry.compressed_size);
    ETCH_RETURN_IF_ERROR(source_->read(begin, compressed));
    ETCH_RETURN_IF_ERROR(inflate_into(where, compressed, out));
  } else {
    ETCH_RETURN_IF_ERROR(source_->read(begin, out));
  }
  if (checksum_of(out) != entry.checksum)
    return absl::DataLossError(
        absl::StrCat(where, " does not fit its checksum; the file is damaged: fetch it again"));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ZipReader::read_text(const ZipEntry& entry, uint64_t limit) const {
  if (entry.size > limit)
    return absl::InvalidArgumentError(absl::StrCat(source_->name(), ": entry \"", entry.name,
                                                   "\" has ", entry.size, " bytes; at most ", limit,
                                                   " are read"));
  std::string text(entry.size, '\0');
  ETCH_RETURN_IF_ERROR(read(entry, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace etch::nn::formats
