#include "etch/nn/gradients.h"

namespace etch::nn {

std::vector<std::pair<std::string, Tensor>> detail::trainable_parameters(const Module& module) {
  auto named = module.named_parameters();
  std::erase_if(named, [](const auto& entry) { return !entry.second.requires_grad(); });
  return named;
}

std::vector<std::string> utils::parameters_without_grad(const Module& module) {
  std::vector<std::string> names;
  for (auto& [name, parameter] : detail::trainable_parameters(module))
    if (!parameter.grad().defined()) names.push_back(name);
  return names;
}

}  // namespace etch::nn
