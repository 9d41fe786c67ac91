#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>

#include "etch/nn/checkpoint.h"
#include "etch/runtime/status.h"

namespace etch::nn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".etch";

std::string file_name(int64_t step) {
  char text[64];
  std::snprintf(text, sizeof(text), "step-%09lld.etch", static_cast<long long>(step));
  return text;
}

std::optional<int64_t> number_in(std::string_view digits) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// The step of "step-000001000.etch".
std::optional<int64_t> step_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  return number_in(name);
}

// Whether `name`, "step-000001000.etch.tmp-PID-N", is what a process left that is no more.
bool is_left_over(const std::string& name) {
  constexpr std::string_view kTemporary = ".etch.tmp-";
  size_t at = name.find(kTemporary);
  if (!name.starts_with(kPrefix) || at == name.npos) return false;
  std::string_view process = std::string_view(name).substr(at + kTemporary.size());
  auto pid = number_in(process.substr(0, process.find('-')));
  return pid && *pid > 0 && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

}  // namespace

CheckpointFolder::CheckpointFolder(std::string path, Options options)
    : path_(std::move(path)), options_(options) {
  if (options_.keep_last < 1)
    throw Error("CheckpointFolder: keep_last is " + std::to_string(options_.keep_last) +
                "; it wants 1 or more");
}

std::vector<std::string> CheckpointFolder::files() const {
  std::vector<std::pair<int64_t, std::string>> found;
  for (const std::string& name : names_in(path_))
    if (auto step = step_of(name)) found.emplace_back(*step, (fs::path(path_) / name).string());
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> files;
  for (auto& [step, file] : found) files.push_back(std::move(file));
  return files;
}

absl::Status CheckpointFolder::save(const TrainingState& training, const Progress& progress) const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) return absl::ErrnoToStatus(error.value(), "cannot make the folder " + path_);
  ETCH_RETURN_IF_ERROR(
      save_checkpoint((fs::path(path_) / file_name(progress.step)).string(), training, progress));
  int64_t kept = 0;
  for (const std::string& file : files()) {
    // Those of later steps are damaged or of another run: no business of this one.
    if (*step_of(fs::path(file).filename().string()) > progress.step) continue;
    if (++kept > options_.keep_last) fs::remove(file, error);
  }
  for (const std::string& name : names_in(path_))
    if (is_left_over(name)) fs::remove(fs::path(path_) / name, error);
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> CheckpointFolder::latest() const {
  std::string problems;
  for (const std::string& file : files()) {
    absl::StatusOr<Checkpoint> checkpoint = read_checkpoint(file);
    if (checkpoint.ok()) return checkpoint;
    problems += "\n" + std::string(checkpoint.status().message());
  }
  return absl::NotFoundError("there is no checkpoint in " + path_ + problems);
}

absl::StatusOr<Progress> CheckpointFolder::restore_latest(const TrainingState& training) const {
  ETCH_ASSIGN_OR_RETURN(Checkpoint checkpoint, latest());
  ETCH_RETURN_IF_ERROR(restore_checkpoint(checkpoint, training));
  return checkpoint.progress;
}

}  // namespace etch::nn
