#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/safetensors.h"
#include "etch/runtime/safetensors_header.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

// A file open for reading, closed with the object.
class InputFile {
 public:
  static absl::StatusOr<InputFile> open(const std::string& path) {
    // Not blocking: opening a pipe would otherwise wait for its writer, before it is refused.
    int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
    InputFile file(descriptor, path);
    struct stat info;
    if (fstat(descriptor, &info) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at ", path));
    }
    if (!S_ISREG(info.st_mode)) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is no regular file"));
    }
    file.size_ = static_cast<uint64_t>(info.st_size);
    return file;
  }

  InputFile(InputFile&& other)
      : descriptor_(std::exchange(other.descriptor_, -1)),
        path_(std::move(other.path_)),
        size_(other.size_) {}
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  uint64_t size() const { return size_; }

  absl::Status read(uint64_t offset, std::span<std::byte> out) const {
    while (!out.empty()) {
      ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path_));
      if (count == 0) {
        return absl::DataLossError(absl::StrCat(path_, " became shorter while it was read"));
      }
      out = out.subspan(count);
      offset += count;
    }
    return absl::OkStatus();
  }

 private:
  InputFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
  uint64_t size_ = 0;
};

SafetensorsEntry to_entry(const SafetensorsTensorInfo& info) {
  SafetensorsEntry entry;
  entry.name = info.name;
  entry.dtype = *info.dtype->dtype;
  entry.shape = Shape(std::vector<int64_t>(info.extents.begin(), info.extents.end()));
  return entry;
}

absl::StatusOr<SafetensorsFile> read_file(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(InputFile file, InputFile::open(path));
  std::array<std::byte, kSafetensorsLengthBytes> prefix;
  std::span<std::byte> first(prefix.data(), std::min<uint64_t>(prefix.size(), file.size()));
  ETCH_RETURN_IF_ERROR(file.read(0, first));
  ETCH_ASSIGN_OR_RETURN(uint64_t length, safetensors_header_length(first, file.size(), path));

  std::string text(length, '\0');
  ETCH_RETURN_IF_ERROR(
      file.read(prefix.size(), std::as_writable_bytes(std::span(text.data(), text.size()))));
  uint64_t data_begin = prefix.size() + length;
  ETCH_ASSIGN_OR_RETURN(SafetensorsHeader header,
                        parse_safetensors_header(text, file.size() - data_begin, path));
  SafetensorsFile result;
  result.metadata = std::move(header.metadata);
  for (const SafetensorsTensorInfo& info : header.tensors) {
    SafetensorsEntry entry = to_entry(info);
    ETCH_ASSIGN_OR_RETURN(entry.storage,
                          Storage::allocate(static_cast<int64_t>(info.end - info.begin)));
    std::span<std::byte> bytes = entry.storage->bytes();
    ETCH_RETURN_IF_ERROR(file.read(data_begin + info.begin, bytes));
    if (entry.dtype == boolean) {
      for (std::byte& value : bytes) value = std::byte{value != std::byte{0}};
    }
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
  try {
    return read_file(path);
  } catch (const std::bad_alloc&) {
    return out_of_memory(path);
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
