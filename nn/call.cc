#include "etch/nn/call.h"

#include <memory>

#include "etch/frontend/tap.h"
#include "etch/nn/registry.h"

namespace etch::nn::detail {
namespace {

thread_local CallScope* innermost = nullptr;

// The part of the module's path below its caller's; its local name where it is no part of the
// caller's tree (a layer shared by two parents has its path in the first).
std::string_view scope_name(const Module& module, const Module* caller, std::string_view name) {
  std::string_view path = module.path();
  if (path.empty()) return name;
  std::string_view base = caller ? std::string_view(caller->path()) : "";
  if (base.empty()) return path;
  if (path.size() > base.size() && path.starts_with(base) && path[base.size()] == '.')
    return path.substr(base.size() + 1);
  return name;
}

std::string read_training(const void* owner) {
  return static_cast<const Module*>(owner)->training ? "true" : "false";
}

std::string read_changes(const void* owner) {
  const Registry& registry = ModuleAccess::registry(*static_cast<const Module*>(owner));
  return std::to_string(registry.hooks.size()) + " hooks, change " +
         std::to_string(registry.changes);
}

// Delivers the values of `inputs` and `outputs` to a tap once they are computed, unless the hook
// was removed or its module destroyed in the meantime.
void record_module_tap(Module& module, const Hook& hook, const Inputs& inputs,
                       const Outputs& outputs) {
  std::vector<Tensor> values = inputs;
  values.insert(values.end(), outputs.begin(), outputs.end());
  auto deliver = [owner = module.weak_from_this(), id = hook.id,
                  num_inputs = inputs.size()](std::span<const TensorView> views) {
    std::shared_ptr<Module> module = owner.lock();
    if (!module) return;
    // A copy: the tap may remove itself.
    std::vector<Hook> hooks = ModuleAccess::registry(*module).hooks;
    for (const Hook& hook : hooks) {
      if (hook.id != id) continue;
      if (hook.pre_tap) hook.pre_tap(*module, views.first(num_inputs));
      if (hook.tap) hook.tap(*module, views.first(num_inputs), views.subspan(num_inputs));
    }
  };
  frontend::record_tap(module.path(), std::move(values), std::move(deliver));
}

std::string where(const Module& module) {
  std::string path = frontend::ModuleScope::current_path();
  return (path.empty() ? "" : path + ": ") + module.type_name() + ": ";
}

}  // namespace

void ModuleAccess::observe(const Module& module) {
  if (!frontend::is_tracing()) return;
  std::shared_ptr<const Module> alive = module.weak_from_this().lock();
  auto owner = std::static_pointer_cast<void>(std::const_pointer_cast<Module>(alive));
  frontend::observe(join_path(module.path(), "training"), owner, read_training);
  frontend::observe(join_path(module.path(), "hooks"), owner, read_changes);
}

CallScope::CallScope(Module& module, std::string_view name, std::source_location loc,
                     bool of_library)
    : module_(module), caller_(innermost) {
  std::string_view below = scope_name(module, caller_ ? &caller_->module_ : nullptr, name);
  if (!below.empty()) path_.emplace(below);
  if (!of_library)
    line_.emplace(std::nullopt);
  else if (loc.line() != 0)
    line_.emplace(loc);
  innermost = this;
  ModuleAccess::observe(module);
  has_hooks_ = !ModuleAccess::registry(module).hooks.empty();
}

CallScope::~CallScope() { innermost = caller_; }

void CallScope::run_pre_hooks(Inputs& inputs) {
  // A copy: hooks may register and remove hooks, which takes effect at the next call.
  std::vector<Hook> hooks = ModuleAccess::registry(module_).hooks;
  for (const Hook& hook : hooks) {
    if (hook.graph_pre) hook.graph_pre(module_, inputs);
    if (hook.pre_tap) record_module_tap(module_, hook, inputs, {});
  }
}

void CallScope::run_hooks(const Inputs& inputs, Outputs& outputs) {
  std::vector<Hook> hooks = ModuleAccess::registry(module_).hooks;
  for (const Hook& hook : hooks) {
    if (hook.graph) hook.graph(module_, inputs, outputs);
    if (hook.tap) record_module_tap(module_, hook, inputs, outputs);
  }
}

Tensor call_erased(Module& module, std::string_view name, const TensorArg& x) {
  ErasedForward forward = ModuleAccess::registry(module).forward;
  if (forward) return forward(module, name, x);
  throw Error((module.path().empty() ? "" : module.path() + ": ") + module.type_name() +
              ": forward() of this module does not map one tensor to one tensor; "
              "use as<M>() to call it with its own arguments");
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

void replace_inputs(const Module& module, Inputs& inputs, Inputs replacement) {
  if (replacement.size() != inputs.size())
    throw Error(where(module) + "a pre-hook returned " + std::to_string(replacement.size()) +
                " tensors to replace " + std::to_string(inputs.size()) + " inputs");
  inputs = std::move(replacement);
}

void replace_outputs(const Module& module, Outputs& outputs, Outputs replacement) {
  if (replacement.size() != outputs.size())
    throw Error(where(module) + "a forward hook returned " + std::to_string(replacement.size()) +
                " tensors to replace " + std::to_string(outputs.size()) + " outputs");
  outputs = std::move(replacement);
}

}  // namespace etch::nn::detail
