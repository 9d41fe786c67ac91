#include "etch/tools/etch/program_inputs.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "etch/etch.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {

using runtime::ValueInfo;
using runtime::ValueKind;

namespace {

absl::StatusOr<Tensor> make_input(const ValueInfo& info, const std::string& value) {
  if (value.starts_with('@')) {
    auto tensor = load_npy(value.substr(1));
    if (!tensor.ok()) return of_file(tensor.status());
    return tensor;
  }
  if (value == "zeros") return zeros(info.shape, info.dtype);
  if (value == "ones") return ones(info.shape, info.dtype);
  if (value == "random" && is_floating(info.dtype)) return randn(info.shape).to(info.dtype);
  constexpr std::string_view kBelow = "random:";
  int64_t limit = 0;
  const char* end = value.data() + value.size();
  if (value.starts_with(kBelow) &&
      std::from_chars(value.data() + kBelow.size(), end, limit).ptr == end && limit > 0)
    return randint(0, limit, info.shape).to(info.dtype);
  return absl::NotFoundError(
      absl::StrCat("--input ", info.name, "=", value, ": a value is @FILE.npy, zeros, ones, ",
                   is_floating(info.dtype) ? "random, or random:N" : "or random:N",
                   " for whole numbers below N"));
}

}  // namespace

absl::StatusOr<Assignments> parse_assignments(const std::vector<std::string>& texts,
                                              const std::vector<ValueInfo>& infos, ValueKind kind,
                                              const char* singular, const char* plural) {
  std::vector<std::string> names;
  for (const ValueInfo& info : infos)
    if (info.kind == kind) names.push_back(info.name);
  Assignments assignments;
  for (const std::string& text : texts) {
    size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    if (equals == text.npos || equals + 1 == text.size())
      return absl::NotFoundError(absl::StrCat("--", singular, "=", text, " is not NAME=VALUE"));
    if (std::find(names.begin(), names.end(), name) == names.end())
      return absl::NotFoundError(unknown_name_message(singular, plural, name, names));
    if (!assignments.try_emplace(name, text.substr(equals + 1)).second)
      return absl::NotFoundError(absl::StrCat("--", singular, " ", name, " is given twice"));
  }
  return assignments;
}

absl::StatusOr<std::map<std::string, Tensor>> make_inputs(const std::vector<ValueInfo>& infos,
                                                          const std::vector<std::string>& texts,
                                                          uint64_t seed) {
  ETCH_ASSIGN_OR_RETURN(Assignments given,
                        parse_assignments(texts, infos, ValueKind::kArgument, "input", "inputs"));
  manual_seed(seed);
  std::map<std::string, Tensor> inputs;
  for (const ValueInfo& info : infos) {
    if (info.kind != ValueKind::kArgument) continue;
    auto value = given.find(info.name);
    std::string standard = is_floating(info.dtype) ? "random" : "zeros";
    ETCH_ASSIGN_OR_RETURN(inputs[info.name],
                          make_input(info, value != given.end() ? value->second : standard));
  }
  return inputs;
}

}  // namespace etch::tools
