// nn::make and ModuleHandle: how modules are made, held, called and printed.
#ifndef ETCH_NN_HANDLE_H_
#define ETCH_NN_HANDLE_H_

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/nn/call.h"
#include "etch/nn/module.h"
#include "etch/nn/registry.h"

namespace etch::nn {

// Shared ownership of a module: `net(x)` calls it, `net->fc1` looks into it, `std::cout << net`
// prints the tree. Copies are the same module; a handle converts to one of a base class. Through a
// ModuleHandle<Module> any module that maps one tensor to one tensor can be called.
template <typename M>
class ModuleHandle : public detail::Callable<ModuleHandle<M>, M> {
 public:
  ModuleHandle() = default;  // null
  explicit ModuleHandle(std::shared_ptr<M> module) : module_(std::move(module)) {}
  template <std::derived_from<M> D>
  ModuleHandle(const ModuleHandle<D>& other) : module_(other.shared()) {}

  M* get() const { return module_.get(); }
  const std::shared_ptr<M>& shared() const { return module_; }
  std::string_view local_name() const { return ""; }

  // See Module::clone.
  ModuleHandle clone() const {
    return ModuleHandle(std::static_pointer_cast<M>((**this).Module::clone().shared()));
  }
  bool operator==(const ModuleHandle&) const = default;

 private:
  std::shared_ptr<M> module_;
};

namespace detail {

template <typename M>
concept HasOptions = requires {
  typename M::Options;
}
&&std::constructible_from<M, typename M::Options>;

struct NoOptions {
  NoOptions() = delete;
};
template <typename M>
struct OptionsOf {
  using type = NoOptions;
};
template <HasOptions M>
struct OptionsOf<M> {
  using type = typename M::Options;
};

// A module made of other modules is cloned with clones of these.
template <typename T>
T clone_argument(const T& value) {
  return value;
}
template <typename M>
ModuleHandle<M> clone_argument(const ModuleHandle<M>& module) {
  return module ? module.clone() : module;
}
template <typename M>
std::pair<std::string, ModuleHandle<M>> clone_argument(
    const std::pair<std::string, ModuleHandle<M>>& named) {
  return {named.first, clone_argument(named.second)};
}
template <typename T>
std::vector<T> clone_argument(const std::vector<T>& values) {
  std::vector<T> clones;
  for (const T& value : values) clones.push_back(clone_argument(value));
  return clones;
}

template <typename M, typename... Args>
std::shared_ptr<M> construct(Args&&... args) {
  static_assert(std::derived_from<M, Module>, "nn: modules derive publicly from nn::Module.");
  Rebuild rebuild;
  if constexpr ((std::copy_constructible<std::decay_t<Args>> && ...) &&
                std::constructible_from<M, std::decay_t<Args>...>) {
    rebuild = [kept = std::tuple<std::decay_t<Args>...>(args...)]() -> std::shared_ptr<Module> {
      return std::apply(
          [](const auto&... kept_args) { return construct<M>(clone_argument(kept_args)...); },
          kept);
    };
  }
  auto module = std::make_shared<M>(std::forward<Args>(args)...);
  Registry& registry = ModuleAccess::registry(*module);
  registry.forward = erased_forward<M>();
  registry.rebuild = std::move(rebuild);
  return module;
}

template <typename M, typename... Args>
inline constexpr bool is_options_call = false;
template <HasOptions M, typename Arg>
inline constexpr bool is_options_call<M, Arg> =
    std::same_as<std::remove_cvref_t<Arg>, typename M::Options>;

}  // namespace detail

// Makes a module and gives its parts their paths. Either by the arguments of its constructor,
// nn::make<Mlp>(256), or by its options, nn::make<nn::Linear>({.in_features = 8,
// .out_features = 2}). A module that becomes part of another gets its path there.
template <typename M, typename... Args>
requires(std::constructible_from<M, Args...> &&
         !detail::is_options_call<M, Args...>) ModuleHandle<M> make(Args&&... args) {
  std::shared_ptr<M> module = detail::construct<M>(std::forward<Args>(args)...);
  detail::ModuleAccess::assign_paths(module);
  return ModuleHandle<M>(std::move(module));
}
template <detail::HasOptions M>
ModuleHandle<M> make(typename M::Options options) {
  std::shared_ptr<M> module = detail::construct<M>(std::move(options));
  detail::ModuleAccess::assign_paths(module);
  return ModuleHandle<M>(std::move(module));
}

}  // namespace etch::nn

#endif  // ETCH_NN_HANDLE_H_
