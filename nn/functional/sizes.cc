#include "etch/nn/functional/sizes.h"

#include "etch/frontend/scope.h"

namespace etch::nn {

std::vector<int64_t> Sizes::along(int64_t dims, const char* who, const char* what,
                                  int64_t least) const {
  if (!is_single() && static_cast<int64_t>(values_.size()) != dims)
    frontend::fail({who}, std::string(what) + " has " + std::to_string(values_.size()) +
                              " numbers for " + std::to_string(dims) +
                              " spatial dimensions; give one, or one for each");
  for (int64_t value : values_)
    if (value < least)
      frontend::fail({who}, std::string(what) + " = " + std::to_string(value) + ", must be " +
                                std::to_string(least) + " or more");
  return is_single() ? std::vector<int64_t>(static_cast<size_t>(dims), values_[0]) : values_;
}

Padding::Padding(std::string name) : name_(std::move(name)) {
  if (name_ != "same" && name_ != "valid")
    frontend::fail({"nn"}, "padding \"" + name_ + "\", must be numbers, \"same\" or \"valid\"");
}

}  // namespace etch::nn
