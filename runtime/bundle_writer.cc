#include <array>
#include <new>

#include "absl/strings/str_cat.h"
#include "etch/runtime/atomic_file.h"
#include "etch/runtime/bundle_file.h"
#include "etch/runtime/bundle_layout.h"
#include "etch/runtime/hash.h"
#include "etch/runtime/safetensors_image.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

using Pieces = std::vector<std::span<const std::byte>>;

class Writer {
 public:
  // The first of `pieces` is the section's head, for the state.
  void add(SectionKind kind, uint32_t index, Pieces pieces) {
    BundleSection section{kind, index};
    Hasher hasher;
    for (std::span<const std::byte> piece : pieces) {
      hasher.add(piece);
      section.length += piece.size();
    }
    if (kind == SectionKind::kState) {
      section.head_length = pieces.front().size();
      section.head_checksum = hash_of(pieces.front());
    }
    section.checksum = hasher.value();
    sections_.push_back(section);
    pieces_.push_back(std::move(pieces));
  }

  absl::Status write(const std::string& path) {
    std::vector<std::byte> head = place_sections();
    ETCH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
    ETCH_RETURN_IF_ERROR(file.write(head));
    uint64_t end = head.size();
    for (size_t i = 0; i < sections_.size(); ++i) {
      static constexpr std::array<std::byte, kBundleAlignment> kZeros = {};
      ETCH_RETURN_IF_ERROR(file.write(std::span(kZeros).first(sections_[i].offset - end)));
      for (std::span<const std::byte> piece : pieces_[i]) ETCH_RETURN_IF_ERROR(file.write(piece));
      end = sections_[i].offset + sections_[i].length;
    }
    return file.commit();
  }

 private:
  // Header and table.
  std::vector<std::byte> place_sections() {
    size_t table_bytes = sections_.size() * kEntryBytes;
    std::vector<std::byte> head(kHeaderBytes + table_bytes);
    auto header = std::span(head).first(kHeaderBytes), table = std::span(head).last(table_bytes);
    uint64_t end = head.size();
    for (size_t i = 0; i < sections_.size(); ++i) {
      sections_[i].offset = aligned(end);
      end = sections_[i].offset + sections_[i].length;
      put_entry(table.subspan(i * kEntryBytes, kEntryBytes), sections_[i]);
    }
    std::copy(kMagic.begin(), kMagic.end(), header.begin());
    put(header, kFormatAt, kBundleFormat);
    put(header, kCountAt, static_cast<uint32_t>(sections_.size()));
    put(header, kLengthAt, end);
    put(header, kChecksumAt, header_checksum(header, table));
    return head;
  }

  std::vector<BundleSection> sections_;
  std::vector<Pieces> pieces_;
};

absl::Status write_contents(const std::string& path, const BundleContents& contents) {
  if (contents.codes.size() + contents.packed.size() + 2 > kMostSections)
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": ",
                                                   contents.codes.size(),
                                                   " pieces of code are more than a bundle holds"));
  ETCH_ASSIGN_OR_RETURN(SafetensorsImage state,
                        safetensors_image(contents.state, {{"format", "pt"}}, kBufferAlignment));
  Writer writer;
  writer.add(SectionKind::kManifest, 0, {std::as_bytes(std::span(contents.manifest))});
  for (size_t i = 0; i < contents.codes.size(); ++i)
    writer.add(SectionKind::kCode, static_cast<uint32_t>(i), {contents.codes[i]});
  for (size_t i = 0; i < contents.packed.size(); ++i)
    writer.add(SectionKind::kPacked, static_cast<uint32_t>(i), {contents.packed[i]});
  writer.add(SectionKind::kState, 0, state.pieces());
  return writer.write(path);
}

}  // namespace

absl::Status write_bundle(const std::string& path, const BundleContents& contents) {
  try {
    return write_contents(path, contents);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory to write ", path));
  }
}

}  // namespace etch::runtime
