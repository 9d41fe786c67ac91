// State dicts of modules, conversion to another dtype, and clones.
#include <unordered_map>

#include "etch/nn/handle.h"
#include "etch/nn/host_values.h"
#include "etch/nn/registry.h"
#include "etch/nn/tree_walk.h"

namespace etch::nn {

using detail::join_path;
using detail::ModuleAccess;
using detail::Registry;
using detail::TensorEntry;

namespace {

// Every parameter and persistent buffer, under each of its names.
std::vector<detail::LoadTarget> named_state(const Module& root) {
  std::vector<detail::LoadTarget> targets;
  detail::walk_all_paths(root, [&](const std::string& path, const Module& module) {
    const Registry& registry = ModuleAccess::registry(module);
    for (const auto* list : {&registry.parameters, &registry.buffers})
      for (const TensorEntry& entry : *list)
        if (entry.cell.defined() && entry.persistent)
          targets.push_back({join_path(path, entry.name), entry.cell});
  });
  return targets;
}

[[noreturn]] void fail_clone(const Module& module, const std::string& problem) {
  throw Error((module.path().empty() ? "" : module.path() + ": ") + module.type_name() +
              ": clone: " + problem);
}

// Makes the cells of one tree equal to those of another of the same structure.
class CellCopier {
 public:
  void copy(const Module& from, Module& to) {
    Registry &source = ModuleAccess::registry(from), &target = ModuleAccess::registry(to);
    to.training = from.training;
    copy_list(from, source.parameters, target.parameters, &to);
    copy_list(from, source.buffers, target.buffers, nullptr);
    copy_list(from, source.random_states, target.random_states, nullptr);
  }

 private:
  void copy_list(const Module& from, std::vector<TensorEntry>& source,
                 std::vector<TensorEntry>& target, Module* owner_of_parameters) {
    for (size_t i = 0; i < source.size(); ++i) {
      if (i >= target.size() || source[i].name != target[i].name ||
          source[i].cell.defined() != target[i].cell.defined())
        fail_clone(from, "\"" + source[i].name + "\" was registered after construction");
      if (!source[i].cell.defined()) continue;
      auto [copy, first] = copies_.emplace(source[i].cell.impl().get(), target[i].cell);
      if (!first) {
        if (owner_of_parameters && !copy->second.is_same(target[i].cell))
          ModuleAccess::tie_parameter(*owner_of_parameters, source[i].name, copy->second);
        continue;
      }
      const Tensor& cell = source[i].cell;
      detail::set_value(target[i].cell, detail::converted(cell, cell.dtype()));
      if (owner_of_parameters) target[i].cell.requires_grad_(cell.requires_grad());
    }
  }

  std::unordered_map<const void*, Tensor> copies_;
};

}  // namespace

StateDict Module::state_dict() const {
  StateDict state;
  for (auto& [name, cell] : named_state(*this)) state.insert(name, cell);
  return state;
}

LoadReport Module::load_state_dict(const StateDict& state, const LoadOptions& options) {
  std::string who = type_name() + ": load_state_dict";
  return detail::load_into(named_state(*this), state, options,
                           path().empty() ? who : path() + ": " + who);
}

LoadReport Module::compare_state_dict(const StateDict& state) const {
  return detail::compare_with(named_state(*this), state);
}

Module& Module::to(DType dtype) {
  if (!is_floating(dtype))
    throw Error(type_name() + ": to: modules convert to floating dtypes only, not " +
                std::string(dtype_name(dtype)));
  zero_grad();
  for (const auto& cells : {parameters(), buffers()})
    for (const Tensor& cell : cells)
      if (is_floating(cell.dtype()) && cell.dtype() != dtype)
        detail::set_value(cell, detail::converted(cell, dtype));
  return *this;
}

Module& Module::to(std::string_view device) {
  if (device != "cpu")
    throw Error(type_name() + ": to: there is no device \"" + std::string(device) +
                "\"; Etch compiles for the CPU: the device is \"cpu\"");
  return *this;
}

Module& Module::update_parameters_(const std::vector<Tensor>& values) {
  std::string who = type_name() + ": update_parameters_: ";
  auto named = named_parameters();
  if (values.size() != named.size())
    throw Error(who + std::to_string(values.size()) + " values for " +
                std::to_string(named.size()) + " parameters");
  for (size_t i = 0; i < named.size(); ++i) {
    const auto& [name, cell] = named[i];
    if (!values[i].defined()) throw Error(who + "the value for " + name + " is an empty tensor");
    if (values[i].shape() != cell.shape() || values[i].dtype() != cell.dtype())
      throw Error(who + name + " is " + std::string(dtype_name(cell.dtype())) + " " +
                  cell.shape().to_string() + ", its value " +
                  std::string(dtype_name(values[i].dtype())) + " " + values[i].shape().to_string());
  }
  no_grad guard;
  for (size_t i = 0; i < named.size(); ++i) named[i].second.assign(values[i].detach());
  return *this;
}

ModuleHandle<Module> Module::clone() const {
  if (!registry_->rebuild) fail_clone(*this, "the arguments of its constructor cannot be copied");
  std::shared_ptr<Module> copy = registry_->rebuild();
  ModuleAccess::assign_paths(copy);

  std::vector<std::pair<std::string, Module*>> targets = copy->named_modules();
  size_t next = 0;
  CellCopier copier;
  detail::walk_modules(*this, true, [&](const std::string& path, const Module& module) {
    if (next >= targets.size() || targets[next].first != path ||
        targets[next].second->type_name() != module.type_name())
      fail_clone(module, "\"" + path + "\" was changed after construction");
    copier.copy(module, *targets[next++].second);
  });
  if (next != targets.size())
    fail_clone(*targets[next].second, "this part was removed after construction");
  return ModuleHandle<Module>(std::move(copy));
}

}  // namespace etch::nn
