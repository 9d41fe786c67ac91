// Runs modules and functions on the cases that golden.py's Golden.record() wrote, and compares
// outputs, gradients of inputs and parameters, buffers afterwards and the printed form.
//
//   check_cases("layers", "linear/", {
//       {"plain", [] { return of_module(nn::make<nn::Linear>({.in_features = 3, ...})); }},
//       {"relu", [] { return of_function([](auto& x) { return relu(x[0]); }); }},
//   });
#ifndef ETCH_TESTS_GOLDEN_CASES_H_
#define ETCH_TESTS_GOLDEN_CASES_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "etch/frontend/tree.h"
#include "etch/nn/handle.h"
#include "etch/tests/golden/golden.h"

namespace etch::testing {

using Tensors = std::vector<Tensor>;

// What a case runs: a function of the inputs, undefined where the script gave None.
struct Subject {
  std::function<Tensors(const Tensors&)> call;
  nn::ModuleHandle<nn::Module> module = {};  // null for a function
};

template <typename F>
Subject of_function(F f) {
  return {[f](const Tensors& inputs) {
    auto result = f(inputs);
    return tree::tensors_of(result);
  }};
}

// Called with the case's inputs one by one, or by `f(module, inputs)`.
template <typename M, typename F>
Subject of_module(nn::ModuleHandle<M> module, F f) {
  return {[module, f](const Tensors& inputs) {
            auto result = f(module, inputs);
            return tree::tensors_of(result);
          },
          module};
}
template <typename M>
Subject of_module(nn::ModuleHandle<M> module) {
  return of_module(module, [](const nn::ModuleHandle<M>& m, const Tensors& x) {
    if constexpr (nn::detail::HasForward<M, Tensor, Tensor, Tensor>)
      return m(x.at(0), x.at(1), x.at(2));
    else if constexpr (nn::detail::HasForward<M, Tensor, Tensor>)
      return m(x.at(0), x.at(1));
    else
      return m(x.at(0));
  });
}

struct Case {
  std::string name;
  std::function<Subject()> make;
  // Of the results in f32, where a formula loses more digits than usual.
  double f32_tolerance = 1e-5;
};

// Fails the test where a case's results differ in f64 or in f32, and where the file has a case that
// begins with `prefix` and is not in the table. All cases of a call are compiled as one program.
void check_cases(const std::string& file, const std::string& prefix,
                 const std::vector<Case>& cases);

}  // namespace etch::testing

#endif  // ETCH_TESTS_GOLDEN_CASES_H_
