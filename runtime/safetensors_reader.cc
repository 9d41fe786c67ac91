#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/byte_source.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/safetensors_header.h"
#include "etch/runtime/status.h"
#include "etch/runtime/values.h"

namespace etch::runtime {
namespace {

SafetensorsEntry to_entry(const SafetensorsTensorInfo& info) {
  SafetensorsEntry entry;
  entry.name = info.name;
  entry.dtype = *info.dtype->dtype;
  entry.shape = Shape(std::vector<int64_t>(info.extents.begin(), info.extents.end()));
  return entry;
}

absl::StatusOr<SafetensorsFile> read_source(const ByteSource& file,
                                            const std::shared_ptr<MemoryBudget>& budget) {
  std::array<std::byte, kSafetensorsLengthBytes> prefix;
  std::span<std::byte> first(prefix.data(), std::min<uint64_t>(prefix.size(), file.size()));
  ETCH_RETURN_IF_ERROR(file.read(0, first));
  ETCH_ASSIGN_OR_RETURN(uint64_t length,
                        safetensors_header_length(first, file.size(), file.name()));

  std::string text(length, '\0');
  ETCH_RETURN_IF_ERROR(
      file.read(prefix.size(), std::as_writable_bytes(std::span(text.data(), text.size()))));
  uint64_t data_begin = prefix.size() + length;
  ETCH_ASSIGN_OR_RETURN(SafetensorsHeader header,
                        parse_safetensors_header(text, file.size() - data_begin, file.name()));
  SafetensorsFile result;
  result.metadata = std::move(header.metadata);
  for (const SafetensorsTensorInfo& info : header.tensors) {
    if (is_safetensors_padding(info.name)) continue;
    SafetensorsEntry entry = to_entry(info);
    ETCH_ASSIGN_OR_RETURN(entry.storage,
                          file.load(data_begin + info.begin, info.end - info.begin, budget));
    std::span<std::byte> bytes = entry.storage->bytes();
    if (entry.dtype == DType::kBool) normalize_booleans(bytes);
    entry.bytes = bytes;
    result.entries.push_back(std::move(entry));
  }
  return result;
}

absl::StatusOr<SafetensorsFile> parse_buffer(std::span<const std::byte> bytes,
                                             std::string_view source) {
  auto prefix = bytes.first(std::min<size_t>(bytes.size(), kSafetensorsLengthBytes));
  ETCH_ASSIGN_OR_RETURN(uint64_t length, safetensors_header_length(prefix, bytes.size(), source));
  auto text = bytes.subspan(kSafetensorsLengthBytes, length);
  auto data = bytes.subspan(kSafetensorsLengthBytes + length);
  ETCH_ASSIGN_OR_RETURN(
      SafetensorsHeader header,
      parse_safetensors_header({reinterpret_cast<const char*>(text.data()), text.size()},
                               data.size(), source));
  SafetensorsFile result;
  result.metadata = std::move(header.metadata);
  for (const SafetensorsTensorInfo& info : header.tensors) {
    if (is_safetensors_padding(info.name)) continue;
    result.entries.push_back(to_entry(info));
    result.entries.back().bytes = data.subspan(info.begin, info.end - info.begin);
  }
  return result;
}

absl::Status out_of_memory(std::string_view source) {
  return absl::ResourceExhaustedError(
      absl::StrCat("no memory for the header of ", to_absl(source)));
}

}  // namespace

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  auto it = std::find_if(entries.begin(), entries.end(),
                         [&](const SafetensorsEntry& entry) { return entry.name == name; });
  return it != entries.end() ? &*it : nullptr;
}

absl::StatusOr<SafetensorsFile> read_safetensors(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, open_file(path));
  return read_safetensors(*file);
}

absl::StatusOr<SafetensorsFile> read_safetensors(const ByteSource& source,
                                                 const std::shared_ptr<MemoryBudget>& budget) {
  try {
    return read_source(source, budget);
  } catch (const std::bad_alloc&) {
    return out_of_memory(source.name());
  }
}

absl::StatusOr<SafetensorsFile> parse_safetensors(std::span<const std::byte> bytes,
                                                  std::string_view source) {
  try {
    return parse_buffer(bytes, source);
  } catch (const std::bad_alloc&) {
    return out_of_memory(source);
  }
}

}  // namespace etch::runtime
