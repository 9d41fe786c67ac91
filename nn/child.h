// Child: a module that is a member of another.
#ifndef ETCH_NN_CHILD_H_
#define ETCH_NN_CHILD_H_

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "etch/nn/handle.h"

namespace etch::nn {

// Makes a module, registers it with its owner under `name`, and forwards to it: `fc1(x)` calls it,
// `fc1->weight` looks into it.
//
//   nn::Child<nn::Linear> fc1{this, "fc1", {.in_features = 784, .out_features = hidden}};
//   nn::Child<Block> block{this, "block", width, heads};       // the constructor's arguments
//   nn::Child<nn::Linear> down{this, "down", nullptr};         // none, and not printed
//   nn::Child<nn::Linear> again{this, "again", fc1};           // the same module, shared
//
// Throws etch::Error for a name that is taken in the owner, empty or has a dot in it.
template <typename M>
class Child : public detail::Callable<Child<M>, M> {
  struct Registered {};  // marks the constructor that the others end in
  template <typename T>
  static constexpr bool is_shared =
      std::convertible_to<const T&, ModuleHandle<M>> || std::derived_from<T, Child<M>>;

 public:
  Child(Module* owner, std::string name, typename detail::OptionsOf<M>::type options)
      : Child(Registered(), owner, std::move(name), detail::construct<M>(std::move(options))) {}

  template <typename... Args>
  requires(std::constructible_from<M, Args...> && !detail::is_options_call<M, Args...> &&
           !(sizeof...(Args) == 1 && (is_shared<std::decay_t<Args>> && ...)))
      Child(Module* owner, std::string name, Args&&... args)
      : Child(Registered(), owner, std::move(name),
              detail::construct<M>(std::forward<Args>(args)...)) {}

  // A template, so that {} means options and not a null child.
  template <std::same_as<std::nullptr_t> N>
  Child(Module* owner, std::string name, N)
      : Child(Registered(), owner, std::move(name), std::shared_ptr<M>()) {}

  template <typename H>
  requires(is_shared<H>) Child(Module* owner, std::string name, const H& shared)
      : Child(Registered(), owner, std::move(name), ModuleHandle<M>(shared).shared()) {}

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Puts another module, or none, in its place.
  Child& operator=(const ModuleHandle<M>& module) {
    module_ = module.shared();
    detail::ModuleAccess::replace_child(*owner_, name_, module_);
    return *this;
  }

  operator ModuleHandle<M>() const { return ModuleHandle<M>(module_); }
  M* get() const { return module_.get(); }
  std::string_view local_name() const { return name_; }

 private:
  Child(Registered, Module* owner, std::string name, std::shared_ptr<M> module)
      : owner_(owner), name_(std::move(name)), module_(std::move(module)) {
    detail::ModuleAccess::add_child(*owner_, {name_, module_});
  }

  Module* owner_;
  std::string name_;
  std::shared_ptr<M> module_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_CHILD_H_
