#include "route.h"

#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "etch/runtime/status.h"
#include "json_data.h"

namespace server {
namespace {

using etch::runtime::to_absl;
using Parts = std::span<const std::string_view>;

// In a pattern: any part, and it is the model's name.
constexpr std::string_view kModelName = "*";

struct Pattern {
  std::vector<std::string_view> parts;
  std::string_view method;
  Endpoint endpoint;
};

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all = {
      {{"v2", "health", "live"}, "GET", Endpoint::kLive},
      {{"v2", "health", "ready"}, "GET", Endpoint::kReady},
      {{"v2"}, "GET", Endpoint::kServer},
      {{"v2", "models", kModelName}, "GET", Endpoint::kModel},
      {{"v2", "models", kModelName, "ready"}, "GET", Endpoint::kModelReady},
      {{"v2", "models", kModelName, "infer"}, "POST", Endpoint::kInfer},
      {{"v2", "models", kModelName, "versions", "1"}, "GET", Endpoint::kModel},
      {{"v2", "models", kModelName, "versions", "1", "ready"}, "GET", Endpoint::kModelReady},
      {{"v2", "models", kModelName, "versions", "1", "infer"}, "POST", Endpoint::kInfer},
      {{"v2", "repository", "index"}, "POST", Endpoint::kIndex},
      {{"v2", "repository", "models", kModelName, "load"}, "POST", Endpoint::kLoad},
      {{"v2", "repository", "models", kModelName, "unload"}, "POST", Endpoint::kUnload},
      {{"metrics"}, "GET", Endpoint::kMetrics},
  };
  return all;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  for (size_t end; (end = path.find('/')) != path.npos; path.remove_prefix(end + 1))
    parts.push_back(path.substr(0, end));
  parts.push_back(path);
  return parts;
}

bool matches(Parts parts, const Pattern& pattern, std::string* model) {
  if (parts.size() != pattern.parts.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (pattern.parts[i] == kModelName && !parts[i].empty())
      *model = parts[i];
    else if (parts[i] != pattern.parts[i])
      return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Route> find_route(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  std::vector<std::string_view> parts = split(path);
  for (const Pattern& pattern : patterns()) {
    Route route{pattern.endpoint, ""};
    if (!matches(parts, pattern, &route.model)) continue;
    if (method != pattern.method)
      return absl::UnimplementedError(absl::StrCat(
          json_string(path), " wants ", to_absl(pattern.method), ", not ", to_absl(method)));
    return route;
  }
  return absl::NotFoundError(absl::StrCat("there is nothing at ", json_string(path)));
}

}  // namespace server
