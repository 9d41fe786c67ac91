#include "etch/tools/etch/figures.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace etch::tools {

std::string format_ms(double ms) {
  if (!(ms > 0)) return "0";
  // Decimals behind the first digit that is not 0, four digits in all.
  int decimals = 3 - static_cast<int>(std::floor(std::log10(ms)));
  return absl::StrFormat("%.*f", std::clamp(decimals, 0, 9), ms);
}

std::string counted(int64_t count, const std::string& noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string format_bytes(uint64_t bytes) {
  if (bytes < 1000) return counted(static_cast<int64_t>(bytes), "byte");
  const char* units[] = {"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1e3;
  size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < std::size(units); ++unit) value /= 1e3;
  return absl::StrFormat("%.1f %s", value, units[unit]);
}

}  // namespace etch::tools
