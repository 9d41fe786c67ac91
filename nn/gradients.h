// Gradients of a module's parameters as values, and which parameters have none.
#ifndef ETCH_NN_GRADIENTS_H_
#define ETCH_NN_GRADIENTS_H_

#include <string>
#include <utility>
#include <vector>

#include "etch/frontend/transforms.h"
#include "etch/nn/handle.h"
#include "etch/nn/module.h"

namespace etch::nn {

namespace detail {
// The parameters that require grad, with their names.
std::vector<std::pair<std::string, Tensor>> trainable_parameters(const Module& module);
}  // namespace detail

// A function of the same arguments as `fn`, which uses `module` and returns a scalar, or a pair of
// it and something else. It returns {fn(...), gradients}: name and gradient of each parameter that
// requires grad, zeros where `fn` does not use it. `.grad` is left alone.
//
//   auto loss = [&](Tensor x, Tensor y) { return nn::functional::mse_loss(net(x), y); };
//   auto [value, gradients] = nn::value_and_grad(net, loss)(x, y);
template <typename M, typename Fn>
auto value_and_grad(const ModuleHandle<M>& module, Fn fn,
                    std::source_location loc = std::source_location::current()) {
  return [module, fn = std::move(fn), loc]<typename... Args>(Args&&... args) mutable {
    auto named = detail::trainable_parameters(*module);
    std::vector<Tensor> parameters;
    for (auto& [name, parameter] : named) parameters.push_back(parameter);
    auto [value, gradients] =
        etch::value_and_grad(std::ref(fn), parameters, {}, loc)(std::forward<Args>(args)...);
    for (size_t i = 0; i < named.size(); ++i) named[i].second = gradients[i];
    return std::pair(std::move(value), std::move(named));
  };
}

namespace utils {

// The parameters that require grad and have none: after backward(), those that the loss does not
// depend on. Not to be called while etch::compile or etch::trace records.
std::vector<std::string> parameters_without_grad(const Module& module);

}  // namespace utils
}  // namespace etch::nn

#endif  // ETCH_NN_GRADIENTS_H_
