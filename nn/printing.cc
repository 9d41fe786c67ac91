// Prints trees of modules exactly as PyTorch's Module.__repr__ does.
#include <sstream>

#include "etch/nn/module.h"
#include "etch/nn/registry.h"

namespace etch::nn {
namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Indents all lines but the first.
std::string indent_rest(const std::string& text) {
  std::string result;
  for (char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result;
}

}  // namespace

std::string Module::to_string() const {
  std::vector<std::string> lines = split_lines(extra_repr());
  std::vector<detail::ChildEntry> children = detail::ModuleAccess::registry(*this).children;
  std::erase_if(children, [](const auto& child) { return !child.module && !child.prints_none; });
  // What most layers use: everything on one line.
  if (children.empty() && lines.size() <= 1)
    return type_name() + "(" + (lines.empty() ? "" : lines[0]) + ")";
  for (const detail::ChildEntry& child : children)
    lines.push_back("(" + child.name +
                    "): " + (child.module ? indent_rest(child.module->to_string()) : "None"));
  std::string text = type_name() + "(\n";
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text + ")";
}

std::ostream& operator<<(std::ostream& os, const Module& module) {
  return os << module.to_string();
}

}  // namespace etch::nn
