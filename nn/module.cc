#include "etch/nn/module.h"

#include <cxxabi.h>

#include <cstdlib>
#include <typeinfo>
#include <unordered_set>

#include "etch/frontend/ops/creation.h"
#include "etch/nn/handle.h"
#include "etch/nn/registry.h"
#include "etch/nn/tree_walk.h"

namespace etch::nn {

using detail::ChildEntry;
using detail::join_path;
using detail::ModuleAccess;
using detail::Registry;
using detail::TensorEntry;

namespace {

std::string demangle(const char* name) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// The cells of one registry list over the tree, each once.
NamedTensors collect(const Module& root, std::vector<TensorEntry> Registry::*list, bool recurse) {
  NamedTensors found;
  std::unordered_set<const void*> seen;
  detail::walk_modules(root, recurse, [&](const std::string& path, const Module& module) {
    for (const TensorEntry& entry : ModuleAccess::registry(module).*list)
      if (entry.cell.defined() && seen.insert(entry.cell.impl().get()).second)
        found.emplace_back(join_path(path, entry.name), entry.cell);
  });
  return found;
}

std::vector<Tensor> values_of(NamedTensors named) {
  std::vector<Tensor> values;
  for (auto& [name, tensor] : named) values.push_back(std::move(tensor));
  return values;
}

}  // namespace

Module::Module() : registry_(std::make_unique<Registry>()) {}
Module::~Module() = default;

std::string Module::type_name() const {
  std::string name = demangle(typeid(*this).name());
  name = name.substr(0, name.find('<'));
  size_t scope = name.rfind("::");
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

const std::string& Module::path() const { return registry_->path; }

Tensor Module::register_parameter(std::string name, const Tensor& value, bool requires_grad) {
  return ModuleAccess::add_parameter(*this, std::move(name), value, requires_grad, nullptr);
}

Tensor Module::register_buffer(std::string name, const Tensor& value, bool persistent) {
  return ModuleAccess::add_buffer(*this, std::move(name), value, persistent, nullptr);
}

void Module::add_module(std::string name, ModuleHandle<Module> module) {
  ModuleAccess::add_child(*this, {std::move(name), module.shared(), /*prints_none=*/true});
}

NamedTensors Module::named_parameters(bool recurse) const {
  return collect(*this, &Registry::parameters, recurse);
}

NamedTensors Module::named_buffers(bool recurse) const {
  return collect(*this, &Registry::buffers, recurse);
}

std::vector<Tensor> Module::parameters(bool recurse) const {
  return values_of(named_parameters(recurse));
}

std::vector<Tensor> Module::buffers(bool recurse) const {
  return values_of(named_buffers(recurse));
}

NamedTensors Module::named_random_states() const {
  NamedTensors named = collect(*this, &Registry::random_states, true);
  for (auto& [name, state] : named) name = state.path();
  return named;
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> found;
  detail::walk_modules(*this, true, [&](const std::string& path, const Module& module) {
    found.emplace_back(path, const_cast<Module*>(&module));
  });
  return found;
}

std::vector<Module*> Module::modules() {
  std::vector<Module*> found;
  for (auto& [name, module] : named_modules()) found.push_back(module);
  return found;
}

std::vector<std::pair<std::string, ModuleHandle<Module>>> Module::named_children() const {
  std::vector<std::pair<std::string, ModuleHandle<Module>>> found;
  std::unordered_set<const Module*> seen;
  ModuleAccess::observe(*this);
  for (const ChildEntry& child : registry_->children)
    if (child.module && seen.insert(child.module.get()).second)
      found.emplace_back(child.name, ModuleHandle<Module>(child.module));
  return found;
}

std::vector<ModuleHandle<Module>> Module::children() const {
  std::vector<ModuleHandle<Module>> found;
  for (auto& [name, module] : named_children()) found.push_back(module);
  return found;
}

Module* Module::find_module(std::string_view path) {
  if (path.empty()) return this;
  size_t dot = path.find('.');
  for (const ChildEntry& child : registry_->children) {
    if (child.name != path.substr(0, dot) || !child.module) continue;
    return dot == std::string_view::npos ? child.module.get()
                                         : child.module->find_module(path.substr(dot + 1));
  }
  return nullptr;
}

Tensor Module::find_parameter(std::string_view path) const {
  size_t dot = path.rfind('.');
  std::string_view owner = dot == std::string_view::npos ? "" : path.substr(0, dot);
  std::string_view name = dot == std::string_view::npos ? path : path.substr(dot + 1);
  if (const Module* module = const_cast<Module*>(this)->find_module(owner))
    for (const TensorEntry& entry : module->registry_->parameters)
      if (entry.name == name) return entry.cell;
  return Tensor();
}

int64_t Module::num_parameters(bool trainable_only) const {
  int64_t count = 0;
  for (const Tensor& p : parameters())
    if (!trainable_only || p.requires_grad()) count += p.numel();
  return count;
}

Module& Module::train(bool mode) {
  for (Module* module : modules()) module->training = mode;
  return *this;
}

Module& Module::requires_grad_(bool value) {
  for (Tensor& p : parameters())
    if (is_floating(p.dtype())) p.requires_grad_(value);
  return *this;
}

Module& Module::apply(const std::function<void(Module&)>& fn) {
  for (auto& [name, child] : named_children()) child->apply(fn);
  fn(*this);
  return *this;
}

Module& Module::zero_grad(bool set_to_none) {
  for (Tensor& p : parameters()) {
    // Whether there is a gradient is not asked: a compiled program would depend on the answer.
    if (set_to_none)
      p.set_grad(Tensor());
    else if (p.grad().defined())
      p.set_grad(zeros_like(p));
  }
  return *this;
}

HookHandle Module::add_hook(detail::Hook hook, const HookOptions& options) {
  return registry_->hooks->add(std::move(hook), options);
}

}  // namespace etch::nn
