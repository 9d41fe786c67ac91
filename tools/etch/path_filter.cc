#include "etch/tools/etch/path_filter.h"

namespace etch::tools {

bool path_matches(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty() || path.front() == '.';
  if (pattern.front() == '*') {
    if (pattern.size() == 1) return true;
    for (size_t skip = 0; skip <= path.size(); ++skip) {
      if (path_matches(pattern.substr(1), path.substr(skip))) return true;
    }
    return false;
  }
  if (path.empty()) return false;
  bool same = pattern.front() == '?' || pattern.front() == path.front();
  return same && path_matches(pattern.substr(1), path.substr(1));
}

}  // namespace etch::tools
