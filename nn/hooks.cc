#include "etch/nn/hooks.h"

#include "etch/nn/module.h"

namespace etch::nn::detail {
namespace {

std::string where(const Module& module) {
  std::string path = frontend::ModuleScope::current_path();
  return (path.empty() ? "" : path + ": ") + module.type_name() + ": ";
}

}  // namespace

HookList& global_hooks() {
  static auto* hooks = new std::shared_ptr<HookList>(std::make_shared<HookList>());
  return **hooks;  // outlives every module
}

Tensor& only_output(const Module& module, Outputs& outputs) {
  if (outputs.size() == 1) return outputs[0];
  throw Error(where(module) + "a forward hook takes one Tensor, but the module returns " +
              std::to_string(outputs.size()) + "; take nn::Outputs instead");
}

TensorView only_output(const Module& module, OutputViews outputs) {
  if (outputs.size() == 1) return outputs[0];
  throw Error(where(module) + "a tap takes one TensorView, but the module returns " +
              std::to_string(outputs.size()) + "; take nn::OutputViews instead");
}

void replace_all(const Module& module, const char* hook, const char* what,
                 std::vector<Tensor>& tensors, std::vector<Tensor> replacement) {
  if (replacement.size() != tensors.size())
    throw Error(where(module) + "a " + hook + " returned " + std::to_string(replacement.size()) +
                " tensors to replace " + std::to_string(tensors.size()) + " " + what);
  tensors = std::move(replacement);
}

}  // namespace etch::nn::detail
