#include "etch/nn/layers/containers.h"

#include "etch/frontend/scope.h"

namespace etch::nn {
namespace {

const std::vector<detail::ChildEntry>& children_of(const Sequential& sequential) {
  detail::ModuleAccess::observe(sequential);
  return detail::ModuleAccess::registry(sequential).children;
}

}  // namespace

Sequential::Sequential(std::vector<ModuleHandle<Module>> modules) { extend(modules); }

Sequential::Sequential(std::vector<NamedModule> modules) {
  for (const auto& [name, module] : modules) add_module(name, module);
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const detail::ChildEntry& child : children_of(*this))
    if (child.module) y = detail::call_erased(*child.module, child.name, y);
  return y;
}

Sequential& Sequential::append(const ModuleHandle<Module>& module) {
  add_module(std::to_string(size()), module);
  return *this;
}

Sequential& Sequential::extend(const std::vector<ModuleHandle<Module>>& modules) {
  for (const ModuleHandle<Module>& module : modules) append(module);
  return *this;
}

int64_t Sequential::size() const { return static_cast<int64_t>(children_of(*this).size()); }

ModuleHandle<Module> Sequential::operator[](int64_t index) const {
  int64_t i = index < 0 ? index + size() : index;
  if (i < 0 || i >= size())
    frontend::fail({"Sequential"},
                   "index " + std::to_string(index) + " in a list of " + std::to_string(size()));
  return ModuleHandle<Module>(children_of(*this)[static_cast<size_t>(i)].module);
}

ModuleHandle<Module> Sequential::operator[](std::string_view name) const {
  for (const detail::ChildEntry& child : children_of(*this))
    if (child.name == name) return ModuleHandle<Module>(child.module);
  std::string names;
  for (const detail::ChildEntry& child : children_of(*this))
    names += (names.empty() ? "" : ", ") + child.name;
  frontend::fail({"Sequential"}, "there is no \"" + std::string(name) + "\" among: " + names);
}

ModuleHandle<Sequential> Sequential::slice(int64_t begin, int64_t end) const {
  std::vector<NamedModule> part;
  for (int64_t i = begin; i < end; ++i)
    part.push_back({children_of(*this)[static_cast<size_t>(i)].name, (*this)[i]});
  return make<Sequential>(std::move(part));
}

}  // namespace etch::nn
