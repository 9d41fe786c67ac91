#include "etch/runtime/byte_source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

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

 protected:
  int descriptor() const { return descriptor_; }

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

// All bytes of a file, private to this process where it writes.
class Mapping {
 public:
  static std::shared_ptr<Mapping> of(int descriptor, uint64_t size) {
    if (size == 0 || size > std::numeric_limits<size_t>::max()) return nullptr;
    void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) return nullptr;
    return std::shared_ptr<Mapping>(new Mapping(data, size));
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(data_, size_); }

  std::byte* data() const { return static_cast<std::byte*>(data_); }

 private:
  Mapping(void* data, size_t size) : data_(data), size_(size) {}

  void* const data_;
  const size_t size_;
};

class MappedSource : public FileSource {
 public:
  using FileSource::FileSource;
  void map() { mapping_ = Mapping::of(descriptor(), size()); }

 protected:
  absl::StatusOr<std::shared_ptr<Storage>> load_within(
      uint64_t offset, uint64_t length,
      const std::shared_ptr<MemoryBudget>& budget) const override {
    if (mapping_ == nullptr || offset % kBufferAlignment != 0 || length == 0)
      return FileSource::load_within(offset, length, budget);
    return Storage::share({mapping_->data() + offset, length}, mapping_);
  }

 private:
  std::shared_ptr<Mapping> mapping_;
};

template <typename Source>
absl::StatusOr<std::unique_ptr<Source>> open_source(const std::string& path) {
  // Not blocking: opening a pipe would otherwise wait for its writer, before it is refused.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  auto file = std::make_unique<Source>(descriptor, path);
  if (absl::Status status = file->measure(); !status.ok()) return status;
  return file;
}

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

absl::Status ByteSource::check_range(uint64_t offset, uint64_t length) const {
  if (offset <= size_ && length <= size_ - offset) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name_, ": ", length, " bytes at ", offset, " reach beyond its end at ", size_));
}

absl::Status ByteSource::read(uint64_t offset, std::span<std::byte> out) const {
  ETCH_RETURN_IF_ERROR(check_range(offset, out.size()));
  return read_within(offset, out);
}

absl::StatusOr<std::shared_ptr<Storage>> ByteSource::load(
    uint64_t offset, uint64_t length, const std::shared_ptr<MemoryBudget>& budget) const {
  ETCH_RETURN_IF_ERROR(check_range(offset, length));
  return load_within(offset, length, budget);
}

absl::StatusOr<std::shared_ptr<Storage>> ByteSource::load_within(
    uint64_t offset, uint64_t length, const std::shared_ptr<MemoryBudget>& budget) const {
  ETCH_ASSIGN_OR_RETURN(auto storage, Storage::allocate(static_cast<int64_t>(length), budget));
  ETCH_RETURN_IF_ERROR(read_within(offset, storage->bytes()));
  return storage;
}

absl::StatusOr<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(auto file, open_source<FileSource>(path));
  return std::unique_ptr<ByteSource>(std::move(file));
}

absl::StatusOr<std::unique_ptr<ByteSource>> map_file(const std::string& path) {
  ETCH_ASSIGN_OR_RETURN(auto file, open_source<MappedSource>(path));
  file->map();
  return std::unique_ptr<ByteSource>(std::move(file));
}

std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes, std::string_view name) {
  return std::make_unique<MemorySource>(bytes, name);
}

}  // namespace etch::runtime
