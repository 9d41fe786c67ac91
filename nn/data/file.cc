#include "etch/nn/data/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace etch::nn::data {
namespace {

absl::Status system_error(const std::string& path, int error) {
  std::string message = "cannot read " + path + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(message);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(message);
  return absl::UnavailableError(message);
}

}  // namespace

absl::StatusOr<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return absl::InvalidArgumentError("cannot read " + path + ": it is a folder");
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return system_error(path, errno);
  std::string content;
  char buffer[1 << 16];
  while (size_t read = std::fread(buffer, 1, sizeof buffer, file.get()))
    content.append(buffer, read);
  if (std::ferror(file.get())) return system_error(path, errno);
  return content;
}

}  // namespace etch::nn::data
