// What a module has registered. Used by the .cc files and templates of nn only.
#ifndef ETCH_NN_REGISTRY_H_
#define ETCH_NN_REGISTRY_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/nn/hooks.h"
#include "etch/nn/module.h"

namespace etch::nn::detail {

struct TensorEntry {
  std::string name;
  Tensor cell;               // undefined: the name is reserved
  Tensor* member = nullptr;  // the Parameter, Buffer or RandomState that shows this cell, if any
  bool persistent = true;
};

struct ChildEntry {
  std::string name;
  std::shared_ptr<Module> module;  // null: the name is reserved
  bool prints_none = false;        // when null; else it is not printed
};

struct Registry {
  std::vector<TensorEntry> parameters;
  std::vector<TensorEntry> buffers;
  std::vector<TensorEntry> random_states;
  std::vector<ChildEntry> children;
  std::shared_ptr<HookList> hooks = std::make_shared<HookList>();
  // Counts changes of what is registered above, so that a compiled program sees them.
  uint64_t changes = 0;

  std::string path;
  std::weak_ptr<Module> root;  // the tree that gave `path`
  ErasedForward forward = nullptr;
  Rebuild rebuild;
};

// The private side of Module for the rest of nn.
struct ModuleAccess {
  static Registry& registry(const Module& module) { return *module.registry_; }

  static Tensor add_parameter(Module& owner, std::string name, const Tensor& value,
                              bool requires_grad, Tensor* member);
  static Tensor add_buffer(Module& owner, std::string name, const Tensor& value, bool persistent,
                           Tensor* member);
  static void add_random_state(Module& owner, std::string name, Tensor* member);
  static void add_child(Module& owner, ChildEntry child);
  // Another module under a name that is registered.
  static void replace_child(Module& owner, std::string_view name, std::shared_ptr<Module> child);
  // All children at once, for lists that renumber theirs.
  static void set_children(Module& owner, std::vector<ChildEntry> children);
  // Makes the parameter at `name` show `cell`.
  static void tie_parameter(Module& owner, std::string_view name, const Tensor& cell);

  // Makes the random states of a module that is in no tree with paths yet.
  static void define_random_states(Module& owner);

  // Gives every part of the tree below `root` its path.
  static void assign_paths(const std::shared_ptr<Module>& root);
  // Counts a change of `module` and, in a tree that has its paths, assigns them again.
  static void changed(Module& module);
  // Makes what is traced now depend on the mode, hooks and registries of `module`. Called by all
  // that looks at them: calls, walks, lists.
  static void observe(const Module& module);
};

// Dotted path of `name` below `path`.
std::string join_path(std::string_view path, std::string_view name);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_REGISTRY_H_
