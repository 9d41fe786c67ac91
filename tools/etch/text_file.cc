#include "etch/tools/etch/text_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace etch::tools {
namespace {

absl::Status system_error(const std::string& what, const std::string& path) {
  return absl::UnavailableError(what + " " + path + ": " + std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::string> read_text_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return system_error("cannot read", path);
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return system_error("cannot read", path);
  return std::move(text).str();
}

absl::Status write_text_file(const std::string& path, const std::string& text) {
  errno = 0;
  if (path.empty() || path == "-") {
    std::cout << text << std::flush;
    return std::cout ? absl::OkStatus() : system_error("cannot write", "standard output");
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  return out ? absl::OkStatus() : system_error("cannot write", path);
}

}  // namespace etch::tools
