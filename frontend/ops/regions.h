// Computations with a derivative other than that of their parts: computed again in the backward, or
// given by the user.
#ifndef ETCH_FRONTEND_OPS_REGIONS_H_
#define ETCH_FRONTEND_OPS_REGIONS_H_

#include <concepts>
#include <functional>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"

namespace etch {

using Loc = std::source_location;

namespace frontend {

using RegionFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;
std::vector<Tensor> record_checkpoint(const std::vector<Tensor>& inputs,
                                      const RegionFunction& function);

struct CustomRule {
  std::vector<Tensor> inputs, outputs, cotangents;
};
using BackwardFunction = std::function<std::vector<Tensor>(const CustomRule&)>;
std::vector<Tensor> record_custom_vjp(Loc loc, const std::vector<Tensor>& inputs,
                                      const RegionFunction& forward,
                                      const BackwardFunction& backward);

// How an input is kept: parameters and buffers as the tensors that they are.
template <typename T>
using Kept = std::conditional_t<std::derived_from<T, Tensor>, Tensor, T>;

// `like` with `tensors` in it.
template <typename T>
T tree_with(const T& like, const std::vector<Tensor>& tensors) {
  T value = like;
  tree::replace_tensors(value, tensors);
  return value;
}

}  // namespace frontend

// What `fn(inputs...)` returns, keeping nothing of how it was computed: the backward computes `fn`
// again, from the inputs and what `fn` captures. Trades time for memory in deep models:
//
//   for (auto& block : blocks) x = etch::checkpoint(block, x);
//
// Values and gradients are those of `fn`: state that it writes (running statistics) is written
// once, and random draws (dropout) give the same numbers both times. `inputs` and the result are
// tensors or nests of tensors. Source: Chen et al., "Training Deep Nets with Sublinear Memory
// Cost", 2016, arXiv:1604.06174.
template <typename Fn, typename... Inputs>
auto checkpoint(Fn&& fn, const Inputs&... inputs) {
  using Result = std::decay_t<std::invoke_result_t<Fn&, const Inputs&...>>;
  std::tuple<frontend::Kept<Inputs>...> arguments(inputs...);
  std::optional<Result> result;
  std::vector<Tensor> tensors = frontend::record_checkpoint(
      tree::tensors_of(arguments), [&](const std::vector<Tensor>& traced) {
        result.emplace(std::apply(fn, frontend::tree_with(arguments, traced)));
        return tree::tensors_of(*result);
      });
  tree::replace_tensors(*result, tensors);
  return *std::move(result);
}

// A function with a derivative of its own, see custom_vjp.
template <typename Forward, typename Backward>
class CustomVjp {
 public:
  CustomVjp(Forward forward, Backward backward, Loc loc)
      : forward_(std::move(forward)), backward_(std::move(backward)), loc_(loc) {}

  template <typename... Inputs>
  auto operator()(const Inputs&... inputs) const {
    using Output = std::decay_t<std::invoke_result_t<const Forward&, const Inputs&...>>;
    using Gradient =
        std::decay_t<std::invoke_result_t<const Backward&, const Inputs&..., Output, Output>>;
    std::tuple<frontend::Kept<Inputs>...> arguments(inputs...);
    std::optional<Output> output;
    std::vector<Tensor> tensors = frontend::record_custom_vjp(
        loc_, tree::tensors_of(arguments),
        [&](const std::vector<Tensor>& traced) {
          output.emplace(std::apply(forward_, frontend::tree_with(arguments, traced)));
          return tree::tensors_of(*output);
        },
        [&](const frontend::CustomRule& rule) {
          Gradient gradient = std::apply(
              backward_, std::tuple_cat(frontend::tree_with(arguments, rule.inputs),
                                        std::tuple(frontend::tree_with(*output, rule.outputs),
                                                   frontend::tree_with(*output, rule.cotangents))));
          return tree::tensors_of(gradient);
        });
    tree::replace_tensors(*output, tensors);
    return *std::move(output);
  }

 private:
  Forward forward_;
  Backward backward_;
  Loc loc_;
};

// `forward` as a function whose gradient is what `backward` says:
//
//   auto round_through = etch::custom_vjp([](Tensor x) { return round(x); },
//                                         [](Tensor x, Tensor y, Tensor dy) { return dy; });
//   Tensor y = round_through(x);
//
// `backward` takes the inputs of `forward`, its output, and the gradient with respect to the
// output; it returns the gradients with respect to the inputs, of their types and shapes: a tensor,
// or a nest of as many tensors as the inputs hold, in their order. An empty tensor stands for no
// gradient. `backward` is differentiated in turn where second derivatives are asked for.
//
// Both are traced at each call. They may capture tensors that require no grad; one that does is an
// input to be passed, or to be detached: an error otherwise, since its gradient would be lost. They
// cannot write state. Throws etch::Error when that is violated, or a gradient is of another type or
// shape than its input.
template <typename Forward, typename Backward>
CustomVjp<std::decay_t<Forward>, std::decay_t<Backward>> custom_vjp(Forward&& forward,
                                                                    Backward&& backward,
                                                                    Loc loc = Loc::current()) {
  return {std::forward<Forward>(forward), std::forward<Backward>(backward), loc};
}

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_REGIONS_H_
