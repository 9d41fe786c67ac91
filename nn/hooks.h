// Hooks of modules: before and after forward(), and on the gradients of its inputs and outputs. Two
// kinds, told apart by the types of their arguments when they are registered:
//
//   graph hook  takes Tensors; called while the call, or its backward, is traced. What it computes
//               becomes part of the program under the module's path, and what it returns replaces
//               the input/output/gradient;
//   tap         takes TensorViews; called with the computed values after each run.
//
//   net->fc1->register_forward_hook([](nn::Module&, nn::Inputs, etch::Tensor out) {
//     return etch::clamp(out, -6, 6);
//   });
//   net->fc1->register_forward_hook([&](nn::Module&, nn::InputViews, etch::TensorView out) {
//     log(out.norm());
//   });
//   net->fc1->register_full_backward_hook(
//       [](nn::Module&, nn::Gradients grad_input, nn::Gradients grad_output) { ... });
//
// Gradients come in the order of the inputs and outputs, undefined (a view without data) where
// there is none: an input that does not require grad, an output that the loss does not depend on.
// A backward hook runs when the gradients of all inputs are known; where no input requires grad,
// when those of the outputs are, and then it can replace nothing.
//
// A call has the hooks that its module had when it began: one that is registered later takes effect
// at the next call. A hook that has been removed is not called any more, also not by the backward
// of an earlier call.
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

#include "etch/frontend/hooks.h"
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

// Gradients of a call's inputs or outputs, and their values.
using Gradients = std::vector<Tensor>;
using GradientViews = std::span<const TensorView>;

using etch::HookHandle;
using etch::HookOptions;

namespace detail {

// One registered hook; one of the functions is set.
struct Hook {
  std::function<void(Module&, Inputs&)> forward_pre;
  std::function<void(Module&, const Inputs&, Outputs&)> forward;
  std::function<void(Module&, Gradients& grad_outputs)> backward_pre;
  std::function<void(Module&, Gradients& grad_inputs, const Gradients& grad_outputs)> backward;
  std::function<void(Module&, InputViews)> forward_pre_tap;
  std::function<void(Module&, InputViews, OutputViews)> forward_tap;
  std::function<void(Module&, GradientViews)> backward_pre_tap;
  std::function<void(Module&, GradientViews, GradientViews)> backward_tap;
};
using HookList = frontend::HookList<Hook>;
using frontend::call_and_replace;
using frontend::Generic;

// The hooks of all modules.
HookList& global_hooks();

Tensor& only_output(const Module& module, Outputs& outputs);
TensorView only_output(const Module& module, OutputViews outputs);
// Throws etch::Error when the numbers differ. `hook` and `what` for its text.
void replace_all(const Module& module, const char* hook, const char* what,
                 std::vector<Tensor>& tensors, std::vector<Tensor> replacement);

// Where a hook that takes one list goes, and its names in errors.
struct PreKind {
  std::function<void(Module&, std::vector<Tensor>&)> Hook::*graph;
  std::function<void(Module&, std::span<const TensorView>)> Hook::*tap;
  const char* name;
  const char* what;
};
inline constexpr PreKind kForwardPre{&Hook::forward_pre, &Hook::forward_pre_tap, "pre-hook",
                                     "inputs"};
inline constexpr PreKind kBackwardPre{&Hook::backward_pre, &Hook::backward_pre_tap,
                                      "backward pre-hook", "grad_output"};

template <typename F>
Hook make_typed_pre_hook(F fn, const PreKind& kind) {
  constexpr bool graph = std::is_invocable_v<F&, Module&, Inputs>;
  constexpr bool tap = std::is_invocable_v<F&, Module&, InputViews>;
  static_assert(graph || tap,
                "nn: a pre-hook takes (nn::Module&, nn::Inputs), of gradients nn::Gradients, or, "
                "to get values at run time, (nn::Module&, nn::InputViews), nn::GradientViews.");
  Hook hook;
  if constexpr (graph) {
    hook.*kind.graph = [fn = std::move(fn), kind](Module& module, Inputs& inputs) mutable {
      call_and_replace(
          [&] { return fn(module, inputs); },
          [&](Inputs r) { replace_all(module, kind.name, kind.what, inputs, std::move(r)); });
    };
  } else if constexpr (tap) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, InputViews>>,
                  "nn: a tap returns nothing; only a hook on tensors can replace them.");
    hook.*kind.tap = std::move(fn);
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
    hook.forward = [fn = std::move(fn)](Module& module, const Inputs& inputs,
                                        Outputs& outputs) mutable {
      auto call = [&] {
        if constexpr (graph_one) {
          return fn(module, inputs, only_output(module, outputs));
        } else {
          return fn(module, inputs, outputs);
        }
      };
      call_and_replace(call, [&](Outputs r) {
        replace_all(module, "forward hook", "outputs", outputs, std::move(r));
      });
    };
  } else if constexpr (tap_one) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, InputViews, TensorView>>,
                  "nn: a tap returns nothing; only a hook on etch::Tensor can replace the output.");
    hook.forward_tap = [fn = std::move(fn)](Module& module, InputViews inputs,
                                            OutputViews outputs) mutable {
      fn(module, inputs, only_output(module, outputs));
    };
  } else {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, InputViews, OutputViews>>,
                  "nn: a tap returns nothing; only a hook on nn::Outputs can replace the outputs.");
    hook.forward_tap = std::move(fn);
  }
  return hook;
}

template <typename F>
Hook make_typed_backward_hook(F fn) {
  constexpr bool graph = std::is_invocable_v<F&, Module&, Gradients, Gradients>;
  constexpr bool tap = std::is_invocable_v<F&, Module&, GradientViews, GradientViews>;
  static_assert(graph != tap,
                "nn: a backward hook takes (nn::Module&, nn::Gradients grad_input, nn::Gradients "
                "grad_output) or, to get values at run time, (nn::Module&, nn::GradientViews, "
                "nn::GradientViews).");
  Hook hook;
  if constexpr (graph && !tap) {
    hook.backward = [fn = std::move(fn)](Module& module, Gradients& inputs,
                                         const Gradients& outputs) mutable {
      call_and_replace([&] { return fn(module, inputs, outputs); },
                       [&](Gradients r) {
                         replace_all(module, "backward hook", "grad_input", inputs, std::move(r));
                       });
    };
  } else if constexpr (tap && !graph) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, GradientViews, GradientViews>>,
                  "nn: a tap returns nothing; only a hook on nn::Gradients can replace them.");
    hook.backward_tap = std::move(fn);
  }
  return hook;
}

// `make` on a lambda with types; one with `auto` parameters is refused.
template <typename F, typename Make>
Hook make_unless_generic(F fn, Make make) {
  static_assert(!Generic<F>,
                "nn: this generic hook fits both kinds. Name the types of its arguments: "
                "etch::Tensor, nn::Inputs, nn::Outputs, nn::Gradients make it a part of the graph; "
                "etch::TensorView, nn::InputViews, nn::OutputViews, nn::GradientViews a tap that "
                "gets values at run time.");
  if constexpr (Generic<F>) {
    return {};
  } else {
    return make(std::move(fn));
  }
}

template <typename F>
Hook make_pre_hook(F fn, const PreKind& kind) {
  return make_unless_generic(
      std::move(fn), [&]<typename G>(G g) { return make_typed_pre_hook(std::move(g), kind); });
}
template <typename F>
Hook make_hook(F fn) {
  return make_unless_generic(std::move(fn),
                             []<typename G>(G g) { return make_typed_hook(std::move(g)); });
}
template <typename F>
Hook make_backward_hook(F fn) {
  return make_unless_generic(
      std::move(fn), []<typename G>(G g) { return make_typed_backward_hook(std::move(g)); });
}

}  // namespace detail

// The same hooks on every module, called before the module's own. They apply to all modules of the
// process and may be registered from any thread; programs that exist are compiled again.
template <typename F>
HookHandle register_module_forward_pre_hook(F fn, HookOptions options = {}) {
  return detail::global_hooks().add(detail::make_pre_hook(std::move(fn), detail::kForwardPre),
                                    options);
}
template <typename F>
HookHandle register_module_forward_hook(F fn, HookOptions options = {}) {
  return detail::global_hooks().add(detail::make_hook(std::move(fn)), options);
}
template <typename F>
HookHandle register_module_full_backward_pre_hook(F fn, HookOptions options = {}) {
  return detail::global_hooks().add(detail::make_pre_hook(std::move(fn), detail::kBackwardPre),
                                    options);
}
template <typename F>
HookHandle register_module_full_backward_hook(F fn, HookOptions options = {}) {
  return detail::global_hooks().add(detail::make_backward_hook(std::move(fn)), options);
}

}  // namespace etch::nn

#endif  // ETCH_NN_HOOKS_H_
