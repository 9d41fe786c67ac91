#include "etch/nn/call.h"

#include <memory>

#include "etch/nn/hook_calls.h"
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
  return registry.hooks->ids() + ", change " + std::to_string(registry.changes);
}

std::string read_ids(const void* owner) { return static_cast<const HookList*>(owner)->ids(); }

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
  frontend::observe("hooks of all modules", global_hooks().weak_from_this(), read_ids);
  hooks_ = hooks_of(module);
}

CallScope::~CallScope() { innermost = caller_; }

void CallScope::enter(Inputs& inputs) {
  for (const HookRef& hook : hooks_) {
    if (!hook.is_registered()) continue;
    frontend::LocScope own_lines(std::nullopt);
    if (hook->forward_pre) hook->forward_pre(module_, inputs);
    if (hook->forward_pre_tap) {
      record_module_tap(module_, hook, "", {inputs},
                        [](const Hook& tap, Module& module, std::span<const TapViews> views) {
                          tap.forward_pre_tap(module, views[0]);
                        });
    }
  }
  backward_ = BackwardCall::begin(module_, hooks_, inputs);
}

void CallScope::leave(const Inputs& inputs, Outputs& outputs) {
  for (const HookRef& hook : hooks_) {
    if (!hook.is_registered()) continue;
    frontend::LocScope own_lines(std::nullopt);
    if (hook->forward) hook->forward(module_, inputs, outputs);
    if (hook->forward_tap) {
      record_module_tap(module_, hook, "", {inputs, outputs},
                        [](const Hook& tap, Module& module, std::span<const TapViews> views) {
                          tap.forward_tap(module, views[0], views[1]);
                        });
    }
  }
  if (backward_) backward_->end(outputs);
}

Tensor call_erased(Module& module, std::string_view name, const TensorArg& x) {
  ErasedForward forward = ModuleAccess::registry(module).forward;
  if (forward) return forward(module, name, x);
  throw Error((module.path().empty() ? "" : module.path() + ": ") + module.type_name() +
              ": forward() of this module does not map one tensor to one tensor; "
              "use as<M>() to call it with its own arguments");
}

}  // namespace etch::nn::detail
