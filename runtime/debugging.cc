#include "etch/runtime/debugging.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace etch::runtime {

bool debugging_wanted() {
  static const bool wanted = [] {
    const char* value = std::getenv("ETCH_DEBUG");
    return value != nullptr && std::string_view(value) != "" && std::string_view(value) != "0";
  }();
  return wanted;
}

// A line each: start and size in hexadecimal, name. Opened for each line, with whatever process
// this is after a fork; O_NOFOLLOW, since anybody may write to /tmp.
void tell_perf(std::string_view name, const void* code, size_t bytes) {
  std::string path = absl::StrCat("/tmp/perf-", getpid(), ".map");
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return;
  std::string line = absl::StrFormat("%x %x %s\n", reinterpret_cast<uintptr_t>(code), bytes, name);
  // One write: lines of several threads do not mix.
  [[maybe_unused]] ssize_t written = write(file, line.data(), line.size());
  close(file);
}

}  // namespace etch::runtime
