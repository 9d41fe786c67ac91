// Forward hooks of modules. Two kinds, told apart by the types of their arguments when they are
// registered:
//
//   graph hook  takes Tensors; called while the call is traced, what it computes becomes part of
//               the program under the module's path, and what it returns replaces the input/output;
//   tap         takes TensorViews; called with the computed values after each run.
//
//   net->fc1->register_forward_hook([](nn::Module&, nn::Inputs, etch::Tensor out) {
//     return etch::clamp(out, -6, 6);
//   });
//   net->fc1->register_forward_hook([&](nn::Module&, nn::InputViews, etch::TensorView out) {
//     log(out.norm());
//   });
#ifndef ETCH_NN_HOOKS_H_
#define ETCH_NN_HOOKS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/runtime/tensor_view.h"

namespace etch::nn {

class Module;

// The tensors among the arguments of a call, and among its results, in order.
using Inputs = std::vector<Tensor>;
using Outputs = std::vector<Tensor>;
// Their values; valid during the tap's call only.
using InputViews = std::span<const TensorView>;
using OutputViews = std::span<const TensorView>;

// Takes a hook off its module again. A handle that is destroyed leaves the hook in place.
class HookHandle {
 public:
  HookHandle() = default;
  HookHandle(std::weak_ptr<Module> module, uint64_t id) : module_(std::move(module)), id_(id) {}
  // Does nothing the second time, or when the module is gone.
  void remove();

 private:
  std::weak_ptr<Module> module_;
  uint64_t id_ = 0;
};

namespace detail {

using GraphPreHook = std::function<void(Module&, Inputs&)>;
using GraphHook = std::function<void(Module&, const Inputs&, Outputs&)>;
using PreTap = std::function<void(Module&, InputViews)>;
using Tap = std::function<void(Module&, InputViews, OutputViews)>;

// One registered hook: a graph hook or a tap, before or after forward().
struct Hook {
  uint64_t id = 0;
  GraphPreHook graph_pre;
  GraphHook graph;
  PreTap pre_tap;
  Tap tap;
  bool is_pre() const { return graph_pre || pre_tap; }
};

Tensor& only_output(const Module& module, Outputs& outputs);
void replace_inputs(const Module& module, Inputs& inputs, Inputs replacement);
void replace_outputs(const Module& module, Outputs& outputs, Outputs replacement);
TensorView only_output(const Module& module, OutputViews outputs);

inline Inputs as_list(Tensor tensor) { return {std::move(tensor)}; }
inline Inputs as_list(Inputs tensors) { return tensors; }

// Calls `hook` and hands what it returns (nothing, a Tensor, a list, an optional of either) to
// `replace`.
template <typename Call, typename Replace>
void call_and_replace(Call&& call, Replace&& replace) {
  using Result = decltype(call());
  if constexpr (std::is_void_v<Result>) {
    call();
  } else if constexpr (requires(Result r) {
                         r.has_value();
                         *r;
                       }) {
    if (auto result = call()) replace(as_list(*std::move(result)));
  } else {
    replace(as_list(call()));
  }
}

template <typename F>
Hook make_typed_pre_hook(F fn) {
  constexpr bool graph = std::is_invocable_v<F&, Module&, Inputs>;
  constexpr bool tap = std::is_invocable_v<F&, Module&, InputViews>;
  static_assert(
      !(graph && tap),
      "nn: this pre-hook fits both kinds. Name its argument's type: nn::Inputs makes it a "
      "part of the graph, nn::InputViews a tap that gets values at run time.");
  static_assert(graph || tap,
                "nn: a forward pre-hook takes (nn::Module&, nn::Inputs) or, to get values at run "
                "time, (nn::Module&, nn::InputViews).");
  Hook hook;
  if constexpr (graph && !tap) {
    hook.graph_pre = [fn = std::move(fn)](Module& module, Inputs& inputs) mutable {
      call_and_replace([&] { return fn(module, inputs); },
                       [&](Inputs r) { replace_inputs(module, inputs, std::move(r)); });
    };
  } else if constexpr (tap && !graph) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, InputViews>>,
                  "nn: a tap returns nothing; only a hook on nn::Inputs can replace them.");
    hook.pre_tap = std::move(fn);
  }
  return hook;
}

template <typename F>
Hook make_typed_hook(F fn) {
  constexpr bool graph_one = std::is_invocable_v<F&, Module&, Inputs, Tensor>;
  constexpr bool graph_list = std::is_invocable_v<F&, Module&, Inputs, Outputs>;
  constexpr bool tap_one = std::is_invocable_v<F&, Module&, InputViews, TensorView>;
  constexpr bool tap_list = std::is_invocable_v<F&, Module&, InputViews, OutputViews>;
  constexpr int fits = graph_one + graph_list + tap_one + tap_list;
  static_assert(fits <= 1,
                "nn: this hook fits more than one kind. Name its last argument's type: "
                "etch::Tensor (or nn::Outputs) makes it a part of the graph, etch::TensorView (or "
                "nn::OutputViews) a tap that gets values at run time.");
  static_assert(
      fits >= 1,
      "nn: a forward hook takes (nn::Module&, nn::Inputs, etch::Tensor) or, to get values "
      "at run time, (nn::Module&, nn::InputViews, etch::TensorView); nn::Outputs and "
      "nn::OutputViews stand for several outputs.");
  Hook hook;
  if constexpr (fits != 1) {
    return hook;
  } else if constexpr (graph_one || graph_list) {
    hook.graph = [fn = std::move(fn)](Module& module, const Inputs& inputs,
                                      Outputs& outputs) mutable {
      auto call = [&] {
        if constexpr (graph_one) {
          return fn(module, inputs, only_output(module, outputs));
        } else {
          return fn(module, inputs, outputs);
        }
      };
      call_and_replace(call, [&](Outputs r) { replace_outputs(module, outputs, std::move(r)); });
    };
  } else if constexpr (tap_one) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, InputViews, TensorView>>,
                  "nn: a tap returns nothing; only a hook on etch::Tensor can replace the output.");
    hook.tap = [fn = std::move(fn)](Module& module, InputViews inputs,
                                    OutputViews outputs) mutable {
      fn(module, inputs, only_output(module, outputs));
    };
  } else {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, InputViews, OutputViews>>,
                  "nn: a tap returns nothing; only a hook on nn::Outputs can replace the outputs.");
    hook.tap = std::move(fn);
  }
  return hook;
}

// A lambda with `auto` parameters (or an overloaded call operator) could be either kind.
template <typename F>
concept Generic = std::is_class_v<F> && !requires {
  &F::operator();
};

template <typename F>
Hook make_pre_hook(F fn) {
  static_assert(!Generic<F>,
                "nn: this generic pre-hook fits both kinds. Name its argument's type: nn::Inputs "
                "makes it a part of the graph, nn::InputViews a tap that gets values at run time.");
  if constexpr (Generic<F>) {
    return {};
  } else {
    return make_typed_pre_hook(std::move(fn));
  }
}

template <typename F>
Hook make_hook(F fn) {
  static_assert(!Generic<F>,
                "nn: this generic hook fits both kinds. Name its last argument's type: "
                "etch::Tensor (or nn::Outputs) makes it a part of the graph, etch::TensorView (or "
                "nn::OutputViews) a tap that gets values at run time.");
  if constexpr (Generic<F>) {
    return {};
  } else {
    return make_typed_hook(std::move(fn));
  }
}

}  // namespace detail
}  // namespace etch::nn

#endif  // ETCH_NN_HOOKS_H_
