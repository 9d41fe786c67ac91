#include "etch/nn/layers/checks.h"

#include <charconv>
#include <cmath>

#include "etch/frontend/scope.h"

namespace etch::nn::detail {
namespace {

[[noreturn]] void fail(const char* layer, const char* option, const std::string& value,
                       const char* want) {
  frontend::fail({layer}, std::string(option) + " = " + value + ", must be " + want);
}

}  // namespace

int64_t at_least_1(const char* layer, const char* option, int64_t value) {
  if (value < 1) fail(layer, option, std::to_string(value), "1 or more");
  return value;
}

double probability(const char* layer, const char* option, double value) {
  if (!(value >= 0 && value <= 1)) fail(layer, option, python_repr(value), "in [0, 1]");
  return value;
}

std::optional<Tensor> if_defined(const Tensor& t) {
  return t.defined() ? std::optional<Tensor>(t) : std::nullopt;
}

const char* python_bool(bool value) { return value ? "True" : "False"; }

std::string python_tuple(std::span<const int64_t> values) {
  std::string text = "(";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + (values.size() == 1 ? ",)" : ")");
}

std::string python_number(double value) {
  std::string text = python_repr(value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  double magnitude = std::abs(value);
  // Python changes to an exponent below 1e-4 and from 1e16 on.
  bool scientific = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
  char buffer[32];
  auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, format).ptr;
  std::string text(buffer, end);
  if (!scientific && text.find('.') == std::string::npos) text += ".0";
  return text;
}

}  // namespace etch::nn::detail
