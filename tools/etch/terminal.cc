#include "etch/tools/etch/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace etch::tools {
namespace {

bool is_terminal(Stream stream) {
  return isatty(stream == Stream::kOut ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

const char* code_of(Colour colour) {
  switch (colour) {
    case Colour::kBold:
      return "1";
    case Colour::kRed:
      return "31";
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
  }
  return "0";
}

}  // namespace

bool shows_colours(Stream stream) {
  if (is_set("NO_COLOR") || !is_terminal(stream)) return false;
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::string coloured(const std::string& text, Colour colour, Stream stream) {
  if (!shows_colours(stream)) return text;
  return std::string("\033[") + code_of(colour) + "m" + text + "\033[0m";
}

Progress::Progress(std::string work)
    : work_(std::move(work)), visible_(is_terminal(Stream::kError)) {
  show("");
}

Progress::~Progress() {
  if (visible_) std::cerr << "\r\033[K" << std::flush;
}

void Progress::show(const std::string& state) {
  if (visible_)
    std::cerr << "\r\033[K" << work_ << (state.empty() ? "" : ": " + state) << std::flush;
}

void Progress::show(size_t done, size_t of) {
  show(std::to_string(done) + " of " + std::to_string(of));
}

}  // namespace etch::tools
