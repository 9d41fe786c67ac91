#include "model_repository.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"
#include "json_data.h"

namespace server {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNameBytes = 128;

// Plain file names: a request names files of the folder, and no others.
bool is_plain_name(std::string_view name) {
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && name[0] != '.' &&
         std::ranges::all_of(name, is_allowed);
}

}  // namespace

absl::Status ModelRepository::check_name(const std::string& name, const char* what) const {
  if (is_plain_name(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(json_string(name), " is no name of ", what,
                   ": letters, digits, '_', '-' and '.', not '.' in front, at most ", kMaxNameBytes,
                   " of them"));
}

absl::StatusOr<std::unique_lock<std::mutex>> ModelRepository::begin_loading() {
  std::unique_lock loading(loading_, std::try_to_lock);
  if (!loading)
    return absl::ResourceExhaustedError("another model is being loaded; try again later");
  return loading;
}

std::vector<std::string> ModelRepository::names_in_folder() const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator file(folder_, error), end; !error && file != end;
       file.increment(error)) {
    std::string name = file->path().stem().string();
    if (file->path().extension() == ".etch" && is_plain_name(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

absl::Status ModelRepository::load_all() {
  if (std::error_code error; !fs::is_directory(folder_, error))
    return absl::NotFoundError(absl::StrCat(folder_, " is no folder"));
  for (const std::string& name : names_in_folder()) load(name).IgnoreError();  // it is in the index
  return absl::OkStatus();
}

absl::Status ModelRepository::load(const std::string& name) {
  ETCH_RETURN_IF_ERROR(check_name(name, "a model"));
  std::string path = path_of(name);
  if (std::error_code error; !fs::exists(path, error))
    return absl::NotFoundError(absl::StrCat("the repository has no model ", json_string(name)));

  ETCH_ASSIGN_OR_RETURN(auto loading, begin_loading());
  auto served = ServedModel::load(name, path, options_, metrics_);
  metrics_.count_load(name, served.ok());
  // What it replaces goes after the lock, or with the last request that has it.
  std::shared_ptr<ServedModel> old;
  std::lock_guard lock(mutex_);
  Slot& slot = slots_[name];
  if (!served.ok()) {
    slot.reason = absl::StrCat(slot.model != nullptr ? "the old bundle stays in service: " : "",
                               served.status().message());
    return served.status();
  }
  slot.reason.clear();
  old = std::exchange(slot.model, *std::move(served));
  return absl::OkStatus();
}

absl::Status ModelRepository::load_state(const std::string& name, const std::string& file) {
  ETCH_RETURN_IF_ERROR(check_name(file, "a file"));
  std::shared_ptr<ServedModel> model = find(name);
  if (model == nullptr)
    return absl::NotFoundError(
        absl::StrCat("the model ", json_string(name), " is not loaded; load it first"));
  std::string path = folder_ + "/" + file;
  if (std::error_code error; !fs::exists(path, error))
    return absl::NotFoundError(absl::StrCat("the repository has no file ", json_string(file)));
  ETCH_ASSIGN_OR_RETURN(auto loading, begin_loading());
  absl::Status status = model->load_state(path);
  metrics_.count_load(name, status.ok());
  // What is not found now is in the file, not asked for by the client's path.
  return absl::IsNotFound(status) ? absl::InvalidArgumentError(status.message()) : status;
}

absl::Status ModelRepository::unload(const std::string& name) {
  std::shared_ptr<ServedModel> old;
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(name);
  if (slot == slots_.end() || slot->second.model == nullptr)
    return absl::NotFoundError(absl::StrCat("the model ", json_string(name), " is not loaded"));
  old = std::exchange(slot->second.model, nullptr);
  slot->second.reason = "unloaded";
  return absl::OkStatus();
}

std::shared_ptr<ServedModel> ModelRepository::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(name);
  return slot != slots_.end() ? slot->second.model : nullptr;
}

std::vector<ModelRepository::Entry> ModelRepository::index() const {
  std::map<std::string, Entry> entries;
  for (const std::string& name : names_in_folder()) entries[name] = {name, false, "not loaded"};
  std::lock_guard lock(mutex_);
  for (const auto& [name, slot] : slots_)
    entries[name] = {name, slot.model != nullptr, slot.reason};
  std::vector<Entry> result;
  for (auto& [name, entry] : entries) result.push_back(std::move(entry));
  return result;
}

}  // namespace server
