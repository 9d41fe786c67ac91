#include "etch/frontend/scope.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "etch/frontend/error.h"

namespace etch::frontend {
namespace {

struct ScopeState {
  std::string path;
  uint64_t path_id = 0;
  uint64_t last_path_id = 0;
  std::optional<std::source_location> line;
};

ScopeState& state() {
  thread_local ScopeState state;
  return state;
}

}  // namespace

const std::string& module_path() { return state().path; }
uint64_t module_path_id() { return state().path_id; }

std::source_location user_location(const std::source_location& loc) {
  return state().line.value_or(loc);
}

std::string short_location(std::string_view file, unsigned line) {
  if (file.empty()) return "";
  file = file.substr(file.rfind('/') + 1);
  return absl::StrCat(std::string(file), ":", line);
}

void fail_at(std::string_view path, const Site& site, const std::string& problem) {
  std::source_location loc = user_location(site.loc);
  std::string where = short_location(loc.file_name(), loc.line());
  throw Error(absl::StrCat(std::string(path), path.empty() ? "" : ": ", site.op, ": ", problem,
                           where.empty() ? "" : absl::StrCat(" (", where, ")")));
}

void fail(const Site& site, const std::string& problem) { fail_at(module_path(), site, problem); }

PathScope::PathScope(std::string path) : previous_(std::move(path)), previous_id_(state().path_id) {
  std::swap(previous_, state().path);
  state().path_id = ++state().last_path_id;
}

PathScope::~PathScope() {
  state().path = std::move(previous_);
  state().path_id = previous_id_;
}

ModuleScope::ModuleScope(std::string_view name)
    : previous_length_(state().path.size()), previous_id_(state().path_id) {
  std::string& path = state().path;
  if (!path.empty() && !name.empty()) path += '.';
  path += name;
  state().path_id = ++state().last_path_id;
}

ModuleScope::~ModuleScope() {
  state().path.resize(previous_length_);
  state().path_id = previous_id_;
}

std::string ModuleScope::current_path() { return state().path; }

LocScope::LocScope(std::optional<std::source_location> loc) : previous_(state().line) {
  if (!loc || !previous_) state().line = loc;
}

LocScope::~LocScope() { state().line = previous_; }

}  // namespace etch::frontend
