// Derivatives of functions, as functions.
//
//   auto f = [](etch::Tensor x) { return etch::sum(etch::sin(x)); };
//   auto df = etch::grad(f);                                  // df(x) == cos(x)
//   auto ddf = etch::grad([&](etch::Tensor x) { return etch::sum(df(x)); });
//   auto [y, dx] = etch::value_and_grad(f)(x);
//   auto [z, pullback] = etch::vjp([&](etch::Tensor x) { return etch::matmul(a, x); }, x);
//   auto [w, tangent] = etch::jvp(f, x, v);
//
// They work within etch::compile and etch::trace and in eager-looking code, and nest. Arguments may
// be nests of tensors (tree.h): a gradient has the structure of its argument. `.grad` is left alone
// and gradients are tracked whatever the grad mode around them; their results require grad where
// they depend on something else that does: a parameter, or a variable of a transform around them.
//
// Throws etch::Error when the function returns no floating scalar (grad), or an argument that is
// differentiated holds a tensor of no floating dtype.
#ifndef ETCH_FRONTEND_TRANSFORMS_H_
#define ETCH_FRONTEND_TRANSFORMS_H_

#include <functional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/autograd.h"
#include "etch/frontend/grad_mode.h"
#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"

namespace etch {

namespace frontend {

// One differentiation of a function: stands for its inputs by tensors of their own place in the
// graph, which gradients are taken with respect to.
class Derivative {
 public:
  using Location = std::source_location;
  Derivative(const char* name, const std::vector<Tensor>& inputs, Location loc);

  const std::vector<Tensor>& variables() const { return variables_; }
  // The gradient of a scalar.
  std::vector<Tensor> gradient_of(const Tensor& loss) const;
  // The vector-Jacobian product of `outputs`; zeros for an input that they do not depend on. May be
  // asked again.
  std::vector<Tensor> pull_back(const std::vector<Tensor>& outputs,
                                const std::vector<Tensor>& cotangents) const;
  // The Jacobian-vector product: the derivative of `outputs` in the direction `tangents`.
  std::vector<Tensor> push_forward(const std::vector<Tensor>& outputs,
                                   const std::vector<Tensor>& tangents) const;
  // `tensor` for the world outside, where `variables` are nothing to be differentiated.
  Tensor release(const Tensor& tensor) const;
  template <typename T>
  T release_tree(T tree) const {
    tree::for_each_tensor(tree, [&](Tensor& tensor) {
      if (tensor.defined()) tensor = release(tensor);
    });
    return tree;
  }

 private:
  // Throws unless `directions` are as many as `values` and of their types.
  void require_types(const char* what, const std::vector<Tensor>& directions,
                     const std::vector<Tensor>& values) const;

  const char* name_;  // of the transform
  Location loc_;
  std::vector<Tensor> variables_;
};

template <typename T>
struct IsPair : std::false_type {};
template <typename A, typename B>
struct IsPair<std::pair<A, B>> : std::true_type {};

template <typename T>
struct IsTuple : std::false_type {};
template <typename... T>
struct IsTuple<std::tuple<T...>> : std::true_type {};

// The selected of `arguments`: alone, or as a tuple.
template <size_t... argnums, typename Arguments>
auto select(Arguments& arguments) {
  if constexpr (sizeof...(argnums) == 1) {
    return std::get<argnums...>(arguments);
  } else {
    return std::tuple(std::get<argnums>(arguments)...);
  }
}

template <size_t... argnums, typename Arguments, typename Selected>
void replace_selected(Arguments& arguments, const Selected& values) {
  if constexpr (sizeof...(argnums) == 1) {
    std::get<argnums...>(arguments) = values;
  } else {
    std::tie(std::get<argnums>(arguments)...) = values;
  }
}

template <typename T>
T with_tensors(T tree, const std::vector<Tensor>& tensors) {
  tree::replace_tensors(tree, tensors);
  return tree;
}

// {what `fn` returns, the gradient of its loss with respect to the selected arguments}.
template <size_t... argnums, typename Fn, typename... Args>
auto differentiate_function(const char* name, std::source_location loc, Fn& fn, Args&&... args) {
  static_assert(sizeof...(argnums) > 0 && ((argnums < sizeof...(Args)) && ...),
                "etch: an argument that is to be differentiated does not exist.");
  std::tuple<std::decay_t<Args>...> arguments(std::forward<Args>(args)...);
  auto inputs = select<argnums...>(arguments);
  EnableGradGuard tracked;
  Derivative derivative(name, tree::tensors_of(inputs), loc);
  replace_selected<argnums...>(arguments, with_tensors(inputs, derivative.variables()));
  auto result = std::apply(fn, std::move(arguments));
  using Result = decltype(result);
  static_assert(std::is_same_v<Result, Tensor> || IsPair<Result>::value,
                "etch: a function that is differentiated returns a Tensor, the loss, or a pair of "
                "the loss and something else.");
  std::vector<Tensor> gradients;
  if constexpr (IsPair<Result>::value) {
    gradients = derivative.gradient_of(result.first);
  } else {
    gradients = derivative.gradient_of(result);
  }
  return std::pair(derivative.release_tree(std::move(result)),
                   with_tensors(std::move(inputs), gradients));
}

}  // namespace frontend

// A function of the same arguments as `fn` that returns {fn(...), gradient}. `fn` returns the loss,
// a scalar Tensor, or a pair of it and whatever else it computed. The gradient is that of the first
// argument, or of the numbered ones: value_and_grad<0, 2>(fn) gives a tuple of two.
template <size_t... argnums, typename Fn>
auto value_and_grad(Fn fn, std::source_location loc = std::source_location::current()) {
  return [fn = std::move(fn), loc]<typename... Args>(Args&&... args) mutable {
    if constexpr (sizeof...(argnums) == 0) {
      return frontend::differentiate_function<0>("value_and_grad", loc, fn,
                                                 std::forward<Args>(args)...);
    } else {
      return frontend::differentiate_function<argnums...>("value_and_grad", loc, fn,
                                                          std::forward<Args>(args)...);
    }
  };
}

// The gradient alone, or {gradient, aux} where `fn` returns {loss, aux}.
template <size_t... argnums, typename Fn>
auto grad(Fn fn, std::source_location loc = std::source_location::current()) {
  return [both = value_and_grad<argnums...>(std::move(fn), loc)]<typename... Args>(
             Args&&... args) mutable {
    auto [value, gradient] = both(std::forward<Args>(args)...);
    if constexpr (frontend::IsPair<decltype(value)>::value) {
      return std::pair(std::move(gradient), std::move(value.second));
    } else {
      return gradient;
    }
  };
}

// The same with respect to tensors that `fn` captures, such as a module's parameters, which require
// grad: the second of the pair are their gradients, in their order, zeros where one is not used.
// `fn` may take any arguments. See nn::value_and_grad for gradients by name.
template <typename Fn>
auto value_and_grad(Fn fn, std::vector<Tensor> parameters, autograd::GradOptions options = {},
                    std::source_location loc = std::source_location::current()) {
  options.materialize_grads = true;
  return [fn = std::move(fn), parameters = std::move(parameters), options,
          loc]<typename... Args>(Args&&... args) mutable {
    EnableGradGuard tracked;
    auto result = fn(std::forward<Args>(args)...);
    std::vector<Tensor> gradients;
    if constexpr (frontend::IsPair<decltype(result)>::value) {
      gradients = autograd::grad({result.first}, parameters, options, loc);
    } else {
      gradients = autograd::grad({result}, parameters, options, loc);
    }
    return std::pair(std::move(result), std::move(gradients));
  };
}

// What vjp() returns: `auto [value, pullback] = vjp(fn, x)`. pullback(v) takes a cotangent of the
// value's structure and returns the gradient of the input, or a tuple for several inputs. It may be
// called again, and holds the graph meanwhile.
template <typename Value, typename Gradient>
struct Vjp {
  Value value;
  std::function<Gradient(const Value& cotangent)> pullback;
};

// fn(inputs...), and the function that maps a cotangent v to v^T J, J being its Jacobian.
template <typename Fn, typename... Inputs>
requires std::is_invocable_v<Fn&, Inputs...>
auto vjp(Fn&& fn, const Inputs&... inputs) {
  using All = std::tuple<Inputs...>;
  using Gradient = std::conditional_t<sizeof...(Inputs) == 1, std::tuple_element_t<0, All>, All>;
  All arguments(inputs...);
  EnableGradGuard tracked;
  frontend::Derivative derivative("vjp", tree::tensors_of(arguments), {});
  All variables = frontend::with_tensors(arguments, derivative.variables());
  auto value = std::apply(fn, std::move(variables));
  using Value = decltype(value);
  auto pullback = [derivative, arguments,
                   outputs = tree::tensors_of(value)](Value cotangent) -> Gradient {
    All gradients = frontend::with_tensors(
        arguments, derivative.pull_back(outputs, tree::tensors_of(cotangent)));
    if constexpr (sizeof...(Inputs) == 1) {
      return std::get<0>(gradients);
    } else {
      return gradients;
    }
  };
  return Vjp<Value, Gradient>{derivative.release_tree(std::move(value)), std::move(pullback)};
}

// {fn(primals), J tangents}: the derivative of `fn` in one direction. Several inputs are passed as
// tuples: jvp(f, std::tuple(a, b), std::tuple(da, db)). Computed by two reverse passes, since the
// vector-Jacobian product is linear in its cotangent; what only the first needs is not run.
template <typename Fn, typename Primals>
auto jvp(Fn&& fn, const Primals& primals, const Primals& tangents,
         std::source_location loc = std::source_location::current()) {
  Primals inputs = primals, directions = tangents;
  EnableGradGuard tracked;
  frontend::Derivative derivative("jvp", tree::tensors_of(inputs), loc);
  tree::replace_tensors(inputs, derivative.variables());
  auto value = [&] {
    if constexpr (frontend::IsTuple<Primals>::value) {
      return std::apply(fn, inputs);
    } else {
      return fn(inputs);
    }
  }();
  auto tangent = frontend::with_tensors(
      value, derivative.push_forward(tree::tensors_of(value), tree::tensors_of(directions)));
  return std::pair(derivative.release_tree(std::move(value)), std::move(tangent));
}

// The Hessian of the scalar function `fn` at `x`, times `v`; it is symmetric, so that is v^T H.
template <typename Fn, typename X>
X hvp(Fn&& fn, const X& x, const X& v, std::source_location loc = std::source_location::current()) {
  return vjp([&](const X& at) { return grad(std::ref(fn), loc)(at); }, x).pullback(v);
}

}  // namespace etch

#endif  // ETCH_FRONTEND_TRANSFORMS_H_
