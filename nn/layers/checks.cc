#include "etch/nn/layers/checks.h"

#include <charconv>
#include <cmath>

#include "etch/frontend/error.h"

namespace etch::nn::detail {
namespace {

[[noreturn]] void fail(const char* layer, const char* option, const std::string& value,
                       const char* want) {
  throw Error(std::string(layer) + ": " + option + " = " + value + ", must be " + want);
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
