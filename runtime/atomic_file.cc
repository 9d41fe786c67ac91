#include "etch/runtime/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"

namespace etch::runtime {
namespace {

absl::Status system_error(const char* action, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", action, " ", path));
}

// Makes the folder's entry for `path` durable.
absl::Status sync_folder(const std::string& path) {
  size_t slash = path.rfind('/');
  std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open after the file was replaced the folder", folder);
  absl::Status status;
  // Some file systems have no fsync for folders and say EINVAL; there is nothing more to do there.
  if (::fsync(descriptor) != 0 && errno != EINVAL) {
    status = system_error("flush after the file was replaced the folder", folder);
  }
  ::close(descriptor);
  return status;
}

}  // namespace

AtomicFile::AtomicFile(int descriptor, std::string path, std::string temporary)
    : descriptor_(descriptor), path_(std::move(path)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other)
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, "")) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

absl::StatusOr<AtomicFile> AtomicFile::create(const std::string& name) {
  static std::atomic<uint64_t> serial{0};
  std::error_code error;
  std::filesystem::path target = name;
  for (int links = 0; std::filesystem::is_symlink(target, error); ++links) {
    constexpr int kMostLinks = 40;  // as Linux
    if (links == kMostLinks)
      return absl::InvalidArgumentError(
          absl::StrCat("cannot write ", name, ": its symbolic links lead in a circle"));
    target = target.parent_path() / std::filesystem::read_symlink(target, error);
  }
  std::string path = target.string();
  if (std::filesystem::is_other(path, error))
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", name,
                     ": it is a device, a pipe or a socket, where a file would take its "
                     "place; name a file"));
  for (;;) {
    std::string temporary = absl::StrCat(path, ".tmp-", ::getpid(), "-", serial.fetch_add(1));
    int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return AtomicFile(descriptor, path, std::move(temporary));
    // A process of the same number may have left one when it was killed: take the next name.
    if (errno == ENOENT)
      return absl::NotFoundError(
          absl::StrCat("cannot write ", path, ": its folder does not exist; make it first"));
    if (errno != EEXIST) return system_error("write", path);
  }
}

absl::Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write", temporary_);
    bytes = bytes.subspan(count);
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::close() {
  if (::fsync(descriptor_) != 0) return system_error("flush", temporary_);
  // Not again after EINTR: Linux has released the descriptor by then.
  if (::close(std::exchange(descriptor_, -1)) != 0) return system_error("close", temporary_);
  return absl::OkStatus();
}

absl::Status AtomicFile::commit() {
  ETCH_RETURN_IF_ERROR(close());
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_error("replace", path_);
  temporary_.clear();
  return sync_folder(path_);
}

}  // namespace etch::runtime
