#include "etch/tools/etch/closest_match.h"

#include <algorithm>
#include <vector>

namespace etch::tools {

size_t edit_distance(std::string_view a, std::string_view b) {
  // distance[i][j]: from the first i characters of a to the first j of b.
  std::vector<std::vector<size_t>> distance(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) distance[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t best = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      best = std::min({best, distance[i - 1][j] + 1, distance[i][j - 1] + 1});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) best = std::min(best, distance[i - 2][j - 2] + 1);
      distance[i][j] = best;
    }
  }
  return distance[a.size()][b.size()];
}

std::string closest_match(std::string_view name, std::span<const std::string> candidates) {
  std::string closest;
  size_t smallest = name.size() + 1;
  for (const std::string& candidate : candidates) {
    if (name.size() >= 2 && candidate.starts_with(name)) return candidate;
    size_t distance = edit_distance(name, candidate);
    size_t near_enough = std::max<size_t>(1, (std::max(name.size(), candidate.size()) + 2) / 3);
    if (distance <= near_enough && distance < smallest) {
      smallest = distance;
      closest = candidate;
    }
  }
  return closest;
}

std::string unknown_name_message(std::string_view kind, std::string_view plural,
                                 std::string_view name, std::span<const std::string> candidates) {
  std::string message = "there is no " + std::string(kind) + " `" + std::string(name) + "`";
  std::string closest = closest_match(name, candidates);
  message += closest.empty() ? "." : "; did you mean `" + closest + "`?";
  message += " The " + std::string(plural) + " are: ";
  for (size_t i = 0; i < candidates.size(); ++i) {
    message += (i == 0 ? "" : ", ") + candidates[i];
  }
  return message + ".";
}

}  // namespace etch::tools
