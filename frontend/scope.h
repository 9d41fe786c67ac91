// Where on the user's side an op is recorded: the module path and the source line, and the errors
// that name both.
#ifndef ETCH_FRONTEND_SCOPE_H_
#define ETCH_FRONTEND_SCOPE_H_

#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "etch/frontend/state.h"

namespace etch::frontend {

// One user-level operation: its name as the user knows it, and the line that called it. Without a
// line it is that of the call that a LocScope stands for.
struct Site {
  const char* op;
  std::source_location loc = {};
};

// Throws etch::Error: "<module path>: <op>: <problem> (<file>:<line>)".
[[noreturn]] void fail(const Site& site, const std::string& problem);
[[noreturn]] void fail_at(std::string_view path, const Site& site, const std::string& problem);

// Replaces the module path while it lives; for work that does not belong to the module at hand.
class PathScope {
 public:
  explicit PathScope(std::string path);
  ~PathScope();
  PathScope(const PathScope&) = delete;
  PathScope& operator=(const PathScope&) = delete;

 private:
  std::string previous_;
  uint64_t previous_id_;
};

const std::string& module_path();
// Changes whenever module_path() does: equal numbers mean equal paths.
uint64_t module_path_id();
// `loc`, or the line that a LocScope stands for.
std::source_location user_location(const std::source_location& loc);
// "model.cc:41"; empty when the file is unknown.
std::string short_location(std::string_view file, unsigned line);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_SCOPE_H_
