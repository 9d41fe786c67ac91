// Walks the tensors in an argument or a result of any nesting: tensors, numbers, strings, enums,
// optionals, pairs, tuples, arrays, vectors, maps, and structs of these. A struct takes part as it
// is when it is an aggregate of up to 12 members; another names its members:
//
//   class Batch {
//    public:
//     template <typename Visitor> void fields(Visitor&& visit) { visit(image_, text_); }
//     ...
//   };
#ifndef ETCH_FRONTEND_TREE_H_
#define ETCH_FRONTEND_TREE_H_

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch::tree {

// What a walk meets: tensors in order, and as text all else that a program is specialized for
// (numbers, sizes, which optional is set).
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void tensor(Tensor& tensor) = 0;
  virtual void fixed(std::string_view text) = 0;
};

// What becomes of a value that is no tree, such as a file or a pointer.
enum class Others : bool {
  kRefuse,  // it does not compile: a program could not know when it changes
  kSkip,
};

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
  static_assert(
      !initializable_by<T, n + 1>,
      "a struct of tensors may have up to 12 members; give it a member template fields(visitor)");
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
concept IsOptional = requires(T& t) {
  typename T::value_type;
  { t.has_value() } -> std::same_as<bool>;
  *t;
};
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
  t.size();
  t.begin();
};
struct AnyFields {
  template <typename... T>
  void operator()(T&&...) const {}
};
template <typename T>
concept NamesFields = requires(T& t) {
  t.fields(AnyFields());
};
template <typename T>
inline constexpr bool kUnsupported = false;

}  // namespace detail

template <Others others = Others::kRefuse, typename T>
void visit(T& value, Visitor& visitor) {
  auto each = [&](auto&... members) { (visit<others>(members, visitor), ...); };
  if constexpr (std::derived_from<T, Tensor>) {
    visitor.tensor(value);
  } else if constexpr (std::derived_from<std::remove_const_t<T>, Tensor>) {
    static_assert(others == Others::kSkip, "a const Tensor cannot be replaced by a traced one");
  } else if constexpr (std::is_same_v<std::remove_cv_t<T>, bool>) {
    visitor.fixed(value ? "true" : "false");
  } else if constexpr (std::is_arithmetic_v<T>) {
    visitor.fixed(std::to_string(value));
  } else if constexpr (std::is_enum_v<T>) {
    visitor.fixed(std::to_string(static_cast<std::underlying_type_t<T>>(value)));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    visitor.fixed("\"" + std::string(std::string_view(value)) + "\"");
  } else if constexpr (detail::NamesFields<T>) {
    value.fields(each);
  } else if constexpr (detail::IsOptional<T>) {
    visitor.fixed(value ? "some" : "none");
    if (value) each(*value);
  } else if constexpr (detail::MapLike<T>) {
    visitor.fixed("size " + std::to_string(value.size()));
    for (auto& [key, element] : value) each(key, element);
  } else if constexpr (detail::SequenceLike<T>) {
    visitor.fixed("size " + std::to_string(value.size()));
    for (auto&& element : value) {
      if constexpr (std::is_same_v<typename T::value_type, bool>)
        visitor.fixed(element ? "true" : "false");
      else
        each(element);
    }
  } else if constexpr (detail::TupleLike<T>) {
    std::apply(each, value);
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
    if constexpr (!std::is_empty_v<T>) detail::for_each_member(value, each);
  } else {
    static_assert(others == Others::kSkip || detail::kUnsupported<T>,
                  "this type cannot pass through etch::compile or etch::trace: use tensors, "
                  "numbers, strings, enums, optionals, pairs, tuples, arrays, vectors or maps of "
                  "them, or give the class a member template fields(visitor)");
  }
}

// Calls `fn(Tensor&)` on each tensor of `value`, in order.
template <Others others = Others::kRefuse, typename T, typename Fn>
void for_each_tensor(T& value, Fn&& fn) {
  struct Each : Visitor {
    explicit Each(Fn& fn) : fn(fn) {}
    void tensor(Tensor& tensor) override { fn(tensor); }
    void fixed(std::string_view) override {}
    Fn& fn;
  } each(fn);
  visit<others>(value, each);
}

// The tensors of `value`, in order.
template <Others others = Others::kRefuse, typename T>
std::vector<Tensor> tensors_of(T& value) {
  std::vector<Tensor> tensors;
  for_each_tensor<others>(value, [&](Tensor& tensor) { tensors.push_back(tensor); });
  return tensors;
}

// Puts `tensors` in the place of the tensors of `value`, in order.
template <Others others = Others::kRefuse, typename T>
void replace_tensors(T& value, const std::vector<Tensor>& tensors) {
  size_t next = 0;
  for_each_tensor<others>(value, [&](Tensor& tensor) { tensor = tensors.at(next++); });
}

}  // namespace etch::tree

#endif  // ETCH_FRONTEND_TREE_H_
