#include "etch/runtime/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace etch::runtime {
namespace {

class FileSource : public ByteSource {
 public:
  FileSource(int descriptor, std::string path)
      : ByteSource(std::move(path)), descriptor_(descriptor) {}
  ~FileSource() override { ::close(descriptor_); }

  absl::Status measure() {
    struct stat info;
    if (fstat(descriptor_, &info) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot look at ", name()));
    }
    if (!S_ISREG(info.st_mode)) {
      return absl::InvalidArgumentError(absl::StrCat(name(), " is no regular file"));
    }
    set_size(static_cast<uint64_t>(info.st_size));
    return absl::OkStatus();
  }

 private:
  absl::Status read_within(uint64_t offset, std::span<std::byte> out) const override {
    while (!out.empty()) {
      ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", name()));
      if (count == 0) {
        return absl::DataLossError(absl::StrCat(name(), " became shorter while it was read"));
      }
      out = out.subspan(count);
      offset += count;
    }
    return absl::OkStatus();
  }

  int descriptor_;
};

class MemorySource : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string_view name)
      : ByteSource(std::string(name)), bytes_(bytes) {
    set_size(bytes.size());
  }

 private:
  absl::Status read_within(uint64_t offset, std::span<std::byte> out) const override {
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return absl::OkStatus();
  }

  std::span<const std::byte> bytes_;
};

}  // namespace

absl::Status ByteSource::read(uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset) {
    return absl::InvalidArgumentError(absl::StrCat(name_, ": ", out.size(), " bytes at ", offset,
                                                   " reach beyond its end at ", size_));
  }
  return read_within(offset, out);
}

absl::StatusOr<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  // Not blocking: opening a pipe would otherwise wait for its writer, before it is refused.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  auto file = std::make_unique<FileSource>(descriptor, path);
  if (absl::Status status = file->measure(); !status.ok()) return status;
  return file;
}

std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes, std::string_view name) {
  return std::make_unique<MemorySource>(bytes, name);
}

}  // namespace etch::runtime
