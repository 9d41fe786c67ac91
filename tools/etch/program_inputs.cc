#include "etch/tools/etch/program_inputs.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/str_cat.h"
#include "etch/etch.h"
#include "etch/frontend/types.h"
#include "etch/runtime/status.h"
#include "etch/tools/etch/closest_match.h"
#include "etch/tools/etch/commands.h"

namespace etch::tools {

using runtime::ValueInfo;
using runtime::ValueKind;

namespace {

// What stands behind "NAME=".
struct InputValue {
  std::optional<TensorSpec> type;
  std::string file;    // of "@FILE.npy"
  std::string values;  // "zeros", "ones", "random", "random:N"; empty: the default
};

bool read_number(std::string_view text, int64_t* number) {
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && rest == end && *number >= 0;
}

// "1x3x224x224xf32", "i64".
std::optional<TensorSpec> parse_type(std::string_view text) {
  TensorSpec type;
  while (true) {
    size_t x = text.find('x');
    if (x == text.npos) break;
    int64_t extent = 0;
    if (!read_number(text.substr(0, x), &extent)) return std::nullopt;
    type.shape.push_back(extent);
    text.remove_prefix(x + 1);
  }
  std::optional<DType> dtype = dtype_from_name(text);
  if (!dtype) return std::nullopt;
  type.dtype = *dtype;
  return type;
}

bool is_values(std::string_view text) {
  int64_t limit = 0;
  return text == "zeros" || text == "ones" || text == "random" ||
         (text.starts_with("random:") && read_number(text.substr(7), &limit) && limit > 0);
}

absl::StatusOr<InputValue> parse_value(const std::string& name, const std::string& text) {
  if (text == "@") return absl::NotFoundError("--input " + name + "=@ names no file behind the @");
  if (text.starts_with('@')) return InputValue{{}, text.substr(1), ""};
  if (is_values(text)) return InputValue{{}, "", text};
  size_t colon = text.find(':');
  std::string values = colon == text.npos ? "" : text.substr(colon + 1);
  std::optional<TensorSpec> type = parse_type(std::string_view(text).substr(0, colon));
  if (type && (colon == text.npos || is_values(values))) {
    if (frontend::is_too_large(type->dtype, type->shape))
      return absl::NotFoundError(absl::StrCat(
          "--input ", name, "=", text, ": ", type_text(type->dtype, type->shape), " is too large"));
    type->name = name;
    return InputValue{type, "", values};
  }
  return absl::NotFoundError(absl::StrCat(
      "--input ", name, "=", text,
      ": a value is @FILE.npy, zeros, ones, random, random:N for whole numbers below N, or a shape "
      "and dtype such as 1x3x224x224xf32, alone or with one of these behind a colon"));
}

absl::StatusOr<std::pair<std::string, InputValue>> parse_input(const std::string& text) {
  size_t equals = text.find('=');
  std::string name = text.substr(0, equals);
  if (equals == text.npos || equals + 1 == text.size())
    return absl::NotFoundError(absl::StrCat("--input=", text, " is not NAME=VALUE"));
  ETCH_ASSIGN_OR_RETURN(InputValue value, parse_value(name, text.substr(equals + 1)));
  return std::pair(name, value);
}

absl::StatusOr<Tensor> read_array(const std::string& file) {
  auto tensor = load_npy(file);
  if (!tensor.ok()) return of_file(tensor.status());
  return tensor;
}

absl::StatusOr<Tensor> make_input(const ValueInfo& info, const InputValue& value) {
  Tensor tensor;
  if (!value.file.empty()) {
    ETCH_ASSIGN_OR_RETURN(tensor, read_array(value.file));
  }
  DType dtype = tensor.defined() ? tensor.dtype() : value.type ? value.type->dtype : info.dtype;
  Shape shape = tensor.defined() ? tensor.shape() : value.type ? value.type->shape : info.shape;
  if (dtype != info.dtype || shape != info.shape)
    return absl::InvalidArgumentError(absl::StrCat("--input ", info.name, " is ",
                                                   type_text(dtype, shape), ", the program takes ",
                                                   type_text(info.dtype, info.shape)));
  if (tensor.defined()) return tensor;
  std::string values = !value.values.empty()     ? value.values
                       : is_floating(info.dtype) ? "random"
                                                 : "zeros";
  if (values == "zeros") return zeros(info.shape, info.dtype);
  if (values == "ones") return ones(info.shape, info.dtype);
  if (values != "random")
    return randint(0, std::stoll(values.substr(7)), info.shape).to(info.dtype);
  if (is_floating(info.dtype)) return randn(info.shape).to(info.dtype);
  return absl::NotFoundError(absl::StrCat("--input ", info.name,
                                          " is of whole numbers: random:N "
                                          "draws them below N"));
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

absl::StatusOr<std::vector<TensorSpec>> given_types(const std::vector<std::string>& texts) {
  std::vector<TensorSpec> types;
  for (const std::string& text : texts) {
    ETCH_ASSIGN_OR_RETURN(auto input, parse_input(text));
    if (input.second.type) types.push_back(*input.second.type);
    if (input.second.file.empty()) continue;
    ETCH_ASSIGN_OR_RETURN(Tensor array, read_array(input.second.file));
    types.push_back({array.dtype(), array.shape(), input.first});
  }
  return types;
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
    InputValue value;
    if (auto text = given.find(info.name); text != given.end()) {
      ETCH_ASSIGN_OR_RETURN(value, parse_value(info.name, text->second));
    }
    ETCH_ASSIGN_OR_RETURN(inputs[info.name], make_input(info, value));
    etch::eval(inputs[info.name]);
  }
  return inputs;
}

}  // namespace etch::tools
