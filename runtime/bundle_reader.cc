#include <algorithm>
#include <array>
#include <new>

#include "absl/strings/str_cat.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/bundle_layout.h"
#include "etch/runtime/hash.h"
#include "etch/runtime/safetensors_header.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

constexpr uint64_t kLongestHead = kSafetensorsMaxHeader + kSafetensorsLengthBytes;

// A section, hashed while it is read: readers go from its beginning to its end, and what they leave
// out or load is read for the hash alone. For one thread.
class SectionSource : public ByteSource {
 public:
  SectionSource(const ByteSource& whole, const BundleSection& section)
      : ByteSource(whole.name()), whole_(whole), section_(section) {
    set_size(section.length);
  }

  // Whether the section is what was written, once the rest of it is read.
  absl::StatusOr<bool> is_whole() const {
    ETCH_RETURN_IF_ERROR(hash_until(size()));
    return hasher_.value() == section_.checksum;
  }

 protected:
  // Not hashed, as it is not read.
  absl::StatusOr<std::shared_ptr<Storage>> load_within(
      uint64_t offset, uint64_t length,
      const std::shared_ptr<MemoryBudget>& budget) const override {
    return whole_.load(section_.offset + offset, length, budget);
  }

 private:
  absl::Status read_within(uint64_t offset, std::span<std::byte> out) const override {
    ETCH_RETURN_IF_ERROR(whole_.read(section_.offset + offset, out));
    if (offset > hashed_) ETCH_RETURN_IF_ERROR(hash_until(offset));
    if (uint64_t end = offset + out.size(); end > hashed_) {
      hasher_.add(out.subspan(hashed_ - offset));
      hashed_ = end;
    }
    return absl::OkStatus();
  }

  absl::Status hash_until(uint64_t end) const {
    constexpr uint64_t kChunk = 1 << 20;
    std::vector<std::byte> chunk(std::min(end - hashed_, kChunk));
    while (hashed_ < end) {
      auto bytes = std::span(chunk).first(std::min<uint64_t>(end - hashed_, kChunk));
      ETCH_RETURN_IF_ERROR(whole_.read(section_.offset + hashed_, bytes));
      hasher_.add(bytes);
      hashed_ += bytes.size();
    }
    return absl::OkStatus();
  }

  const ByteSource& whole_;
  const BundleSection section_;
  mutable Hasher hasher_;
  mutable uint64_t hashed_ = 0;  // bytes from the beginning
};

std::string name_of(const BundleSection& section) {
  switch (section.kind) {
    case SectionKind::kManifest:
      return "the manifest";
    case SectionKind::kCode:
      return absl::StrCat("code ", section.index);
    case SectionKind::kPacked:
      return absl::StrCat("packed ", section.index);
    case SectionKind::kState:
      return "the state";
  }
  return absl::StrCat("a section of kind ", static_cast<uint32_t>(section.kind));
}

class Reader {
 public:
  Reader(const ByteSource& source, const BundleReadOptions& options)
      : source_(source), options_(options) {}

  absl::StatusOr<BundleFile> read() {
    ETCH_RETURN_IF_ERROR(read_header());
    ETCH_RETURN_IF_ERROR(check_sections());
    BundleFile file;
    file.sections = sections_;
    for (const BundleSection& section : sections_) {
      SectionSource bytes(source_, section);
      if (section.kind == SectionKind::kState) ETCH_RETURN_IF_ERROR(check_head(section));
      absl::Status status = read_section(section, bytes, file);
      bool weights = section.kind == SectionKind::kState || section.kind == SectionKind::kPacked;
      if (!weights || options_.verify_state) {
        // What a damaged section seems to say is of no interest.
        ETCH_ASSIGN_OR_RETURN(bool is_whole, bytes.is_whole());
        if (!is_whole)
          return broken("ChecksumMismatch", name_of(section), ", ", section.length,
                        " bytes from byte ", section.offset, " on, is not what was written");
      }
      ETCH_RETURN_IF_ERROR(status);
    }
    return file;
  }

 private:
  absl::Status check_head(const BundleSection& section) const {
    if (section.head_length > section.length || section.head_length > kLongestHead)
      return broken("InvalidSection", "the head of ", name_of(section), ", ", section.head_length,
                    " bytes, is longer than it can be");
    std::vector<std::byte> head(section.head_length);
    ETCH_RETURN_IF_ERROR(source_.read(section.offset, head));
    if (hash_of(head) != section.head_checksum)
      return broken("ChecksumMismatch", "the head of ", name_of(section), ", ", head.size(),
                    " bytes from byte ", section.offset, " on, is not what was written");
    if (head.size() < kSafetensorsLengthBytes ||
        get<uint64_t>(head, 0) != head.size() - kSafetensorsLengthBytes)
      return broken("InvalidSection", "the head of ", name_of(section), ", ", head.size(),
                    " bytes, is no header of safetensors");
    return absl::OkStatus();
  }

  absl::Status read_section(const BundleSection& section, const ByteSource& bytes,
                            BundleFile& file) const {
    switch (section.kind) {
      case SectionKind::kManifest:
        file.manifest.resize(section.length);
        return bytes.read(0, std::as_writable_bytes(std::span(file.manifest)));
      case SectionKind::kCode: {
        ETCH_ASSIGN_OR_RETURN(auto code, Storage::allocate(static_cast<int64_t>(section.length)));
        file.codes.push_back(std::move(code));
        return bytes.read(0, file.codes.back()->bytes());
      }
      case SectionKind::kPacked: {
        ETCH_ASSIGN_OR_RETURN(auto packed, bytes.load(0, section.length, options_.budget));
        file.packed.push_back(std::move(packed));
        return absl::OkStatus();
      }
      case SectionKind::kState: {
        ETCH_ASSIGN_OR_RETURN(file.state, read_safetensors(bytes, options_.budget));
        return absl::OkStatus();
      }
    }
    return absl::InternalError("a section of unknown kind was let through");
  }

  template <typename... Parts>
  absl::Status broken(std::string_view rule, const Parts&... parts) const {
    return broken_bundle(rule, source_.name(), absl::StrCat(parts...));
  }

  absl::Status read_header() {
    std::array<std::byte, kHeaderBytes> header = {};
    size_t size = std::min<uint64_t>(header.size(), source_.size());
    ETCH_RETURN_IF_ERROR(source_.read(0, std::span(header).first(size)));
    if (!std::equal(kMagic.begin(), kMagic.end(), header.begin()))
      return broken("NotABundle", "it does not begin with the bytes of a bundle");
    if (size < kHeaderBytes)
      return broken("InvalidHeader", size, " bytes, where the header alone takes ", kHeaderBytes);
    uint32_t format = get<uint32_t>(header, kFormatAt), count = get<uint32_t>(header, kCountAt);
    if (format != kBundleFormat) {
      return absl::InvalidArgumentError(absl::StrCat(
          "UnsupportedVersion: ", source_.name(), ": the file has format ", format,
          ", this library reads format ", kBundleFormat,
          "; write it again with the Etch that belongs to this runtime, or take that one's"));
    }
    if (count > kMostSections)
      return broken("InvalidHeader", count, " sections, where ", kMostSections, " are allowed");
    std::vector<std::byte> table(count * kEntryBytes);
    if (table.size() > source_.size() - kHeaderBytes)
      return broken("InvalidHeader", "the table of ", count, " sections reaches beyond the end");
    ETCH_RETURN_IF_ERROR(source_.read(kHeaderBytes, table));
    if (header_checksum(header, table) != get<uint64_t>(header, kChecksumAt))
      return broken("InvalidHeader", "the checksum of the header and the table is wrong");
    if (uint64_t length = get<uint64_t>(header, kLengthAt); length != source_.size())
      return broken("InvalidHeader", "it has ", source_.size(), " bytes, where ", length,
                    " were written");
    for (size_t i = 0; i < count; ++i)
      sections_.push_back(get_entry(std::span(table).subspan(i * kEntryBytes, kEntryBytes)));
    end_of_table_ = kHeaderBytes + table.size();
    return absl::OkStatus();
  }

  // One manifest, code, what is packed, one state; each at the first aligned place behind the one
  // before.
  absl::Status check_sections() const {
    uint64_t end = end_of_table_;
    uint32_t codes = 0, packed = 0;
    for (size_t i = 0; i < sections_.size(); ++i) {
      const BundleSection& section = sections_[i];
      bool first = i == 0, last = i + 1 == sections_.size();
      if (section.kind == SectionKind::kCode && packed == 0) ++codes;
      if (section.kind == SectionKind::kPacked) ++packed;
      SectionKind kind = first        ? SectionKind::kManifest
                         : last       ? SectionKind::kState
                         : packed > 0 ? SectionKind::kPacked
                                      : SectionKind::kCode;
      uint32_t index = kind == SectionKind::kCode     ? codes - 1
                       : kind == SectionKind::kPacked ? packed - 1
                                                      : 0;
      if (section.kind != kind || section.index != index)
        return broken("InvalidSection", "section ", i, " is ", name_of(section), ", where ",
                      name_of({kind, index}), " should be");
      if (section.offset != aligned(end))
        return broken("InvalidSection", name_of(section), " starts at byte ", section.offset,
                      ", not at ", aligned(end));
      if (section.length > source_.size() || section.offset > source_.size() - section.length)
        return broken("InvalidSection", name_of(section), " of ", section.length,
                      " bytes reaches beyond the end");
      ETCH_RETURN_IF_ERROR(check_gap(end, section.offset));
      end = section.offset + section.length;
    }
    if (sections_.size() < 2)
      return broken("InvalidSection", "the manifest or the state is missing");
    if (sections_.front().length > kLongestManifest)
      return broken("InvalidSection", "the manifest has ", sections_.front().length,
                    " bytes, where ", kLongestManifest, " are allowed");
    if (end != source_.size())
      return broken("InvalidSection", "the last section ends at byte ", end, ", the file at ",
                    source_.size());
    return absl::OkStatus();
  }

  absl::Status check_gap(uint64_t begin, uint64_t end) const {
    std::array<std::byte, kBundleAlignment> gap;
    auto bytes = std::span(gap).first(end - begin);
    ETCH_RETURN_IF_ERROR(source_.read(begin, bytes));
    if (std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }))
      return absl::OkStatus();
    return broken("InvalidSection", "the bytes from ", begin, " to ", end,
                  " are not zero, as those between sections should be");
  }

  const ByteSource& source_;
  const BundleReadOptions& options_;
  std::vector<BundleSection> sections_;
  uint64_t end_of_table_ = 0;
};

}  // namespace

absl::Status broken_bundle(std::string_view rule, const std::string& source,
                           std::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(to_absl(rule), ": ", source, ": ", to_absl(problem),
                   "; the file is damaged or no bundle: fetch or write it again"));
}

absl::StatusOr<BundleFile> read_bundle(const ByteSource& source, const BundleReadOptions& options) {
  try {
    return Reader(source, options).read();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory to read ", source.name()));
  }
}

}  // namespace etch::runtime
