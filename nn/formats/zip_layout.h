// The records of a zip archive, which reader and writer agree on. Internal.
// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", version 6.3.10, section 4.3.
#ifndef ETCH_NN_FORMATS_ZIP_LAYOUT_H_
#define ETCH_NN_FORMATS_ZIP_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace etch::nn::formats {

inline constexpr uint32_t kLocalHeader = 0x04034b50;
inline constexpr uint32_t kDirectoryEntry = 0x02014b50;
inline constexpr uint32_t kEndRecord = 0x06054b50;
inline constexpr uint32_t kZip64EndRecord = 0x06064b50;
inline constexpr uint32_t kZip64Locator = 0x07064b50;
inline constexpr uint16_t kZip64Extra = 0x0001;

inline constexpr size_t kLocalHeaderBytes = 30;
inline constexpr size_t kDirectoryEntryBytes = 46;
inline constexpr size_t kEndRecordBytes = 22;
inline constexpr size_t kZip64EndRecordBytes = 56;
inline constexpr size_t kZip64LocatorBytes = 20;

// What stands in a 32-bit or 16-bit field whose value is in the zip64 extra.
inline constexpr uint32_t kSeeZip64 = 0xffffffff;
inline constexpr uint16_t kSeeZip64Short = 0xffff;

// Little-endian fields one after the other. Reading beyond the end gives 0 and clears ok().
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint16_t u16() { return static_cast<uint16_t>(integer(2)); }
  uint32_t u32() { return static_cast<uint32_t>(integer(4)); }
  uint64_t u64() { return integer(8); }
  std::span<const std::byte> bytes(size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      count = bytes_.size();
    }
    auto first = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return first;
  }
  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }

 private:
  uint64_t integer(size_t count) {
    auto field = bytes(count);
    uint64_t value = 0;
    if (!ok_) return 0;
    for (size_t i = 0; i < count; ++i) value |= std::to_integer<uint64_t>(field[i]) << (8 * i);
    return value;
  }

  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

// Appends little-endian fields.
class FieldWriter {
 public:
  FieldWriter& u16(uint16_t value) { return integer(value, 2); }
  FieldWriter& u32(uint32_t value) { return integer(value, 4); }
  FieldWriter& u64(uint64_t value) { return integer(value, 8); }
  FieldWriter& text(const std::string& value) {
    text_ += value;
    return *this;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(text_)); }

 private:
  FieldWriter& integer(uint64_t value, size_t count) {
    for (size_t i = 0; i < count; ++i) text_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }

  std::string text_;
};

}  // namespace etch::nn::formats

#endif  // ETCH_NN_FORMATS_ZIP_LAYOUT_H_
