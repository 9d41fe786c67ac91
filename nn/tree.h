// Trees of tensors: what forward() may take and return. A Tensor, an optional, pair, tuple, array,
// vector or map of trees, and a struct of trees: a plain one (an aggregate of up to 12 members), or
// one that names its members as for frontend/tree.h,
//
//   template <typename Visitor> void fields(Visitor&& visit) { visit(image, text); }
//
// Everything else (numbers, strings, flags) holds no tensors and is passed on untouched.
#ifndef ETCH_NN_TREE_H_
#define ETCH_NN_TREE_H_

#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::nn {

// Calls `f(Tensor&)` on every defined tensor in `value`, in order of declaration.
template <typename T, typename F>
void for_each_tensor(T& value, F&& f);

namespace detail {

// Converts to anything: counts the members of an aggregate by trying to initialize them.
struct AnyMember {
  template <typename T>
  operator T() const;
};

template <typename T, size_t... I>
concept InitializableBy = requires {
  T{(void(I), AnyMember{})...};
};

template <typename T, size_t N>
constexpr bool initializable_by = []<size_t... I>(std::index_sequence<I...>) {
  return InitializableBy<T, I...>;
}
(std::make_index_sequence<N>{});

inline constexpr size_t kMaxMembers = 12;

template <typename T, size_t N = kMaxMembers>
constexpr size_t num_members() {
  if constexpr (N == 0 || initializable_by<T, N>) {
    return N;
  } else {
    return num_members<T, N - 1>();
  }
}

// Calls `f` on every member of an aggregate.
template <typename T, typename F>
void for_each_member(T& value, F&& f) {
  constexpr size_t n = num_members<T>();
  static_assert(!initializable_by<T, n + 1>,
                "nn: a struct of tensors may have up to 12 members; give it a member fields()");
  if constexpr (n == 1) {
    auto& [a] = value;
    f(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = value;
    f(a), f(b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = value;
    f(a), f(b), f(c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = value;
    f(a), f(b), f(c), f(d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = value;
    f(a), f(b), f(c), f(d), f(e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, g] = value;
    f(a), f(b), f(c), f(d), f(e), f(g);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, g, h] = value;
    f(a), f(b), f(c), f(d), f(e), f(g), f(h);
  } else if constexpr (n == 8) {
    auto& [a, b, c, d, e, g, h, i] = value;
    f(a), f(b), f(c), f(d), f(e), f(g), f(h), f(i);
  } else if constexpr (n == 9) {
    auto& [a, b, c, d, e, g, h, i, j] = value;
    f(a), f(b), f(c), f(d), f(e), f(g), f(h), f(i), f(j);
  } else if constexpr (n == 10) {
    auto& [a, b, c, d, e, g, h, i, j, k] = value;
    f(a), f(b), f(c), f(d), f(e), f(g), f(h), f(i), f(j), f(k);
  } else if constexpr (n == 11) {
    auto& [a, b, c, d, e, g, h, i, j, k, l] = value;
    f(a), f(b), f(c), f(d), f(e), f(g), f(h), f(i), f(j), f(k), f(l);
  } else if constexpr (n == 12) {
    auto& [a, b, c, d, e, g, h, i, j, k, l, m] = value;
    f(a), f(b), f(c), f(d), f(e), f(g), f(h), f(i), f(j), f(k), f(l), f(m);
  }
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};
template <typename T>
concept MapLike = requires(T& t) {
  typename T::mapped_type;
  t.begin()->second;
};
template <typename T>
concept SequenceLike = requires(T& t) {
  typename T::value_type;
  { *t.begin() } -> std::same_as<typename T::value_type&>;
};

}  // namespace detail

template <typename T, typename F>
void for_each_tensor(T& value, F&& f) {
  auto recurse = [&](auto& member) { for_each_tensor(member, f); };
  if constexpr (std::is_const_v<T>) {
    // Nothing in a const value can be replaced.
  } else if constexpr (std::derived_from<T, Tensor>) {
    if (value.defined()) f(value);
  } else if constexpr (requires(void (*any)(...)) { value.fields(any); }) {
    value.fields([&](auto&... members) { (recurse(members), ...); });
  } else if constexpr (detail::IsOptional<T>::value) {
    if (value) for_each_tensor(*value, f);
  } else if constexpr (detail::MapLike<T>) {
    for (auto& entry : value) for_each_tensor(entry.second, f);
  } else if constexpr (detail::SequenceLike<T>) {
    for (auto& element : value) for_each_tensor(element, f);
  } else if constexpr (detail::TupleLike<T>) {
    std::apply([&](auto&... members) { (recurse(members), ...); }, value);
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T>) {
    detail::for_each_member(value, recurse);
  }
}

// The tensors of `value`, in order.
template <typename T>
std::vector<Tensor> flatten_tree(T& value) {
  std::vector<Tensor> tensors;
  for_each_tensor(value, [&](Tensor& t) { tensors.push_back(t); });
  return tensors;
}

// Puts `tensors`, as many as flatten_tree() gives, into the places of the tensors of `value`.
template <typename T>
void unflatten_tree(T& value, const std::vector<Tensor>& tensors) {
  size_t next = 0;
  for_each_tensor(value, [&](Tensor& t) { t = tensors[next++]; });
}

}  // namespace etch::nn

#endif  // ETCH_NN_TREE_H_
