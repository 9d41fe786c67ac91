// The call protocol of modules: push the path, pre-hooks, forward(), hooks, pop; see hooks.h.
#ifndef ETCH_NN_CALL_H_
#define ETCH_NN_CALL_H_

#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/state.h"
#include "etch/frontend/tree.h"
#include "etch/nn/module.h"

namespace etch::nn {

namespace detail {

// Whether a class has a member called forward, of any signature: then a second base with one makes
// the name ambiguous.
struct ForwardName {
  int forward;
};
template <typename M>
struct ForwardProbe : M, ForwardName {};
template <typename M>
concept DefinesForward = std::is_final_v<M> || !requires {
  &ForwardProbe<M>::forward;
};

template <typename M, typename... Args>
concept HasForward = requires(M& m, Args&&... args) {
  m.forward(std::forward<Args>(args)...);
};

template <typename M>
concept MapsTensorToTensor = requires(M& m, const Tensor& x) {
  { m.forward(x) } -> std::convertible_to<Tensor>;
};

class BackwardCall;
class HookRef;

// One call of a module, from the push of its path to the pop.
class CallScope {
 public:
  // `of_library`: the module is one of Etch's own.
  CallScope(Module& module, std::string_view name, std::source_location loc, bool of_library);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  bool has_hooks() const { return !hooks_.empty(); }
  // Before and after forward().
  void enter(Inputs& inputs);
  void leave(const Inputs& inputs, Outputs& outputs);

 private:
  Module& module_;
  CallScope* caller_;
  std::vector<HookRef> hooks_;              // as they are when the call begins
  std::shared_ptr<BackwardCall> backward_;  // where gradients of this call are looked at
  std::optional<frontend::ModuleScope> path_;
  std::optional<frontend::LocScope> line_;
};

// The defined tensors of `value`, in order: what hooks see of arguments and results. What else
// forward() takes is passed on untouched.
template <typename T>
std::vector<Tensor> defined_tensors(T& value) {
  std::vector<Tensor> tensors = tree::tensors_of<tree::Others::kSkip>(value);
  std::erase_if(tensors, [](const Tensor& tensor) { return !tensor.defined(); });
  return tensors;
}

// Puts `tensors`, as many as defined_tensors() gives, into their places.
template <typename T>
void replace_defined(T& value, const std::vector<Tensor>& tensors) {
  size_t next = 0;
  tree::for_each_tensor<tree::Others::kSkip>(value, [&](Tensor& tensor) {
    if (tensor.defined()) tensor = tensors[next++];
  });
}

// Calls `module`, whose parent knows it as `name`.
template <typename M, typename... Args>
auto call(M& module, std::string_view name, std::source_location loc, Args&&... args) {
  static_assert(DefinesForward<M>,
                "nn: this module has no forward(). Give it one, such as "
                "`etch::Tensor forward(etch::Tensor x)`, or call its children instead.");
  if constexpr (DefinesForward<M>) {
    using Result = std::decay_t<decltype(module.forward(std::forward<Args>(args)...))>;
    CallScope scope(module, name, loc, std::derived_from<M, LibraryModule>);
    if (!scope.has_hooks()) return static_cast<Result>(module.forward(std::forward<Args>(args)...));

    std::tuple<std::decay_t<Args>...> values(std::forward<Args>(args)...);
    Inputs inputs = defined_tensors(values);
    scope.enter(inputs);
    replace_defined(values, inputs);
    auto forward = [&](auto&... v) -> decltype(auto) { return module.forward(std::move(v)...); };
    if constexpr (std::is_void_v<Result>) {
      std::apply(forward, values);
      Outputs none;
      scope.leave(inputs, none);
    } else {
      Result result = std::apply(forward, values);
      Outputs outputs = defined_tensors(result);
      scope.leave(inputs, outputs);
      replace_defined(result, outputs);
      return result;
    }
  }
}

// A module whose type is not known maps one tensor to one tensor, or says that it does not.
Tensor call_erased(Module& module, std::string_view name, const TensorArg& x);

template <typename M>
ErasedForward erased_forward() {
  if constexpr (MapsTensorToTensor<M>) {
    return [](Module& module, std::string_view name, const TensorArg& x) -> Tensor {
      return call(static_cast<M&>(module), name, x.loc, x.tensor);
    };
  } else {
    return nullptr;
  }
}

// Whether a call with these arguments takes part in overload resolution. It does, and fails with
// words of ours, where there is no forward() at all.
template <typename M, typename... Args>
inline constexpr bool kCalledWith = !DefinesForward<M> || HasForward<M, Args...>;
template <typename... Args>
inline constexpr bool kCalledWith<Module, Args...> = false;
template <>
inline constexpr bool kCalledWith<Module, Tensor> = true;

// What a ModuleHandle and a Child share: they are called like functions and looked through like
// pointers. `Derived` has `M* get() const` and `std::string_view local_name() const`.
template <typename Derived, typename M>
class Callable {
 public:
  M* operator->() const { return checked(); }
  M& operator*() const { return *checked(); }
  explicit operator bool() const { return self().get() != nullptr; }

  // Calls the module with what its forward() takes. The first form notes the caller's line.
  template <typename... Rest>
  requires(kCalledWith<M, Tensor, Rest...>) auto operator()(TensorArg first, Rest&&... rest) const {
    if constexpr (std::same_as<M, Module>) {
      return call_erased(*checked(), self().local_name(), first);
    } else {
      return call(*checked(), self().local_name(), first.loc, std::move(first.tensor),
                  std::forward<Rest>(rest)...);
    }
  }
  template <typename... Args>
  requires(!std::convertible_to<std::tuple_element_t<0, std::tuple<Args..., std::nullptr_t>>,
                                TensorArg> &&
           kCalledWith<M, Args...>) auto
  operator()(Args&&... args) const {
    return call(*checked(), self().local_name(), std::source_location(),
                std::forward<Args>(args)...);
  }

  // Lists: `for (auto& block : blocks)`, `blocks[i]`.
  auto begin() const requires requires(M& m) { m.begin(); }
  { return checked()->begin(); }
  auto end() const requires requires(M& m) { m.end(); }
  { return checked()->end(); }
  template <typename I>
  requires requires(M& m, I i) { m[i]; }
  decltype(auto) operator[](I i) const { return (*checked())[i]; }

  friend std::ostream& operator<<(std::ostream& os, const Derived& derived) {
    return derived.get() ? os << static_cast<const Module&>(*derived.get()) : os << "None";
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
  M* checked() const {
    if (M* module = self().get()) return module;
    std::string name(self().local_name());
    throw Error(name.empty() ? "nn: this module handle is null; nn::make makes a module"
                             : "nn: the module \"" + name + "\" is null; assign one to it first");
  }
};

}  // namespace detail
}  // namespace etch::nn

#endif  // ETCH_NN_CALL_H_
