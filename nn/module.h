// Module: the base of every layer and model. A subclass declares its parts as members, which
// register themselves, and a forward() of any signature:
//
//   struct Mlp : nn::Module {
//     nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 784, .out_features = 256}};
//     nn::Child<nn::Linear> fc2{this, "fc2", {.in_features = 256, .out_features = 10}};
//     etch::Tensor forward(etch::Tensor x) { return fc2(etch::relu(fc1(x))); }
//   };
//   auto net = nn::make<Mlp>();        // gives every part its path: "fc1.weight", ...
//   etch::Tensor y = net(x);           // hooks, training mode and paths apply
//
// Modules are called through the handle that nn::make returns or through a Child, never by
// forward() itself. See handle.h, child.h, parameter.h, hooks.h.
#ifndef ETCH_NN_MODULE_H_
#define ETCH_NN_MODULE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "etch/frontend/state.h"
#include "etch/frontend/tensor.h"
#include "etch/nn/hooks.h"
#include "etch/nn/state_dict.h"

namespace etch::nn {

// A tensor together with the line that passes it, so that ops and errors can name the line on
// which a module is called or a buffer written. Converts from a Tensor.
struct TensorArg {
  TensorArg(const Tensor& tensor, std::source_location loc = std::source_location::current())
      : tensor(tensor), loc(loc) {}
  Tensor tensor;
  std::source_location loc;
};

template <typename M>
class ModuleHandle;
class Parameter;
class Buffer;
class RandomState;
namespace detail {
struct ModuleAccess;
struct Registry;
using ErasedForward = Tensor (*)(Module&, std::string_view name, const TensorArg&);
using Rebuild = std::function<std::shared_ptr<Module>()>;
}  // namespace detail

// A module's `training`: a bool whose changes compiled programs see.
class TrainingMode {
 public:
  operator bool() const { return value_; }
  TrainingMode& operator=(bool value) {
    if (value != value_) frontend::structure_changed();
    value_ = value;
    return *this;
  }

 private:
  bool value_ = true;
};

// Threads: a module belongs to one thread at a time; calling it is as calling non-const members.
class Module : public std::enable_shared_from_this<Module> {
 public:
  Module();
  virtual ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // True at birth. Read by layers that behave differently in training (Dropout).
  TrainingMode training;

  // The class name without namespaces and template arguments: "Linear".
  virtual std::string type_name() const;
  // What stands between the parentheses when the module is printed; lines separated by '\n'.
  virtual std::string extra_repr() const { return ""; }
  // The tree, as PyTorch prints it.
  std::string to_string() const;
  // The dotted place in the tree whose root nn::make has made last; empty for the root.
  const std::string& path() const;

  // Registration by name at run time; members do the same by being declared. An undefined tensor
  // or a null module reserves the name; the module is printed as None. Throws etch::Error when
  // `name` is empty, has a dot in it or is taken in this module.
  Tensor register_parameter(std::string name, const Tensor& value, bool requires_grad = true);
  Tensor register_buffer(std::string name, const Tensor& value, bool persistent = true);
  void add_module(std::string name, ModuleHandle<Module> module);

  // In order: own ones first, then the children's, each in order of registration; what is shared
  // comes once, under its first name. Names are relative to this module.
  std::vector<std::pair<std::string, Tensor>> named_parameters(bool recurse = true) const;
  std::vector<std::pair<std::string, Tensor>> named_buffers(bool recurse = true) const;
  std::vector<std::pair<std::string, Module*>> named_modules();  // this module first, as ""
  std::vector<std::pair<std::string, ModuleHandle<Module>>> named_children() const;
  std::vector<Tensor> parameters(bool recurse = true) const;
  std::vector<Tensor> buffers(bool recurse = true) const;
  std::vector<Module*> modules();
  std::vector<ModuleHandle<Module>> children() const;
  // Random states of layers that draw (Dropout), by path: "rng.h.0.drop".
  std::vector<std::pair<std::string, Tensor>> named_random_states() const;
  // The part at a dotted path relative to this module, or null / an undefined tensor.
  Module* find_module(std::string_view path);
  Tensor find_parameter(std::string_view path) const;
  // Elements of all parameters, shared ones once.
  int64_t num_parameters(bool trainable_only = false) const;

  // This module as an M, or null when it is none.
  template <typename M>
  M* as() {
    return dynamic_cast<M*>(this);
  }
  template <typename M>
  const M* as() const {
    return dynamic_cast<const M*>(this);
  }

  // Recursive; each returns this module.
  Module& train(bool mode = true);
  Module& eval() { return train(false); }
  Module& requires_grad_(bool value = true);
  Module& apply(const std::function<void(Module&)>& fn);  // children first
  // Empties the gradients, or fills those that exist with zeros.
  Module& zero_grad(bool set_to_none = true);
  // Converts parameters and buffers of floating dtype; empties gradients. Throws etch::Error when
  // `dtype` is not a floating one.
  Module& to(DType dtype);
  // Does nothing for "cpu", where all tensors live. Throws etch::Error for another device.
  Module& to(std::string_view device);
  // Copies `values` into the parameters, in the order of parameters(). Throws etch::Error, and
  // copies nothing, when their number, shapes or dtypes differ.
  Module& update_parameters_(const std::vector<Tensor>& values);

  // A module of its own with equal structure, values, modes and ties, without hooks and gradients.
  // It is built by the constructor's arguments; throws etch::Error where these could not be kept
  // or the tree was changed since.
  ModuleHandle<Module> clone() const;

  // Parameters and persistent buffers by name, tied ones under each of their names. The tensors
  // are the module's own cells, not copies.
  StateDict state_dict() const;
  // Copies `state` into this module: see state_dict.h. All or nothing.
  LoadReport load_state_dict(const StateDict& state, const LoadOptions& options = {});
  // What loading would report, without loading.
  LoadReport compare_state_dict(const StateDict& state) const;

  // Hooks around forward() and its backward, in order of registration: see hooks.h for what `fn`
  // may be, and for hooks of all modules.
  template <typename F>
  HookHandle register_forward_pre_hook(F fn, HookOptions options = {}) {
    return add_hook(detail::make_pre_hook(std::move(fn), detail::kForwardPre), options);
  }
  template <typename F>
  HookHandle register_forward_hook(F fn, HookOptions options = {}) {
    return add_hook(detail::make_hook(std::move(fn)), options);
  }
  template <typename F>
  HookHandle register_full_backward_pre_hook(F fn, HookOptions options = {}) {
    return add_hook(detail::make_pre_hook(std::move(fn), detail::kBackwardPre), options);
  }
  template <typename F>
  HookHandle register_full_backward_hook(F fn, HookOptions options = {}) {
    return add_hook(detail::make_backward_hook(std::move(fn)), options);
  }

 private:
  friend struct detail::ModuleAccess;
  HookHandle add_hook(detail::Hook hook, const HookOptions& options);

  std::unique_ptr<detail::Registry> registry_;
};

std::ostream& operator<<(std::ostream& os, const Module& module);

// Base of the library's own modules: what their forward() records carries the line on which the
// user called them.
class LibraryModule : public Module {};

}  // namespace etch::nn

#endif  // ETCH_NN_MODULE_H_
