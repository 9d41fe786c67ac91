// Replaces a file in one step, so that a reader or a crash sees the old or the new one. Internal.
#ifndef ETCH_RUNTIME_ATOMIC_FILE_H_
#define ETCH_RUNTIME_ATOMIC_FILE_H_

#include <cstddef>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace etch::runtime {

// Writes to `path`.tmp-PID-N in the same folder; commit() puts it at `path`. Without commit() the
// destructor removes it and `path` stays as it was. A symbolic link stays: what it points to is
// replaced. INVALID_ARGUMENT for what is there and no file, such as a device or a pipe.
//
//   ETCH_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
//   ETCH_RETURN_IF_ERROR(file.write(bytes));
//   return file.commit();
class AtomicFile {
 public:
  static absl::StatusOr<AtomicFile> create(const std::string& path);

  AtomicFile(AtomicFile&& other);
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  // Appends. After an error only the destructor may follow.
  absl::Status write(std::span<const std::byte> bytes);

  // Flushes the file to the disk, renames it to `path`, flushes the folder.
  absl::Status commit();

 private:
  AtomicFile(int descriptor, std::string path, std::string temporary);

  absl::Status close();

  int descriptor_;
  std::string path_;
  std::string temporary_;  // empty once it is renamed
};

}  // namespace etch::runtime

#endif  // ETCH_RUNTIME_ATOMIC_FILE_H_
