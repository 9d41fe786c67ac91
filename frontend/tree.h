// Walks the tensors in an argument or a result of any nesting: tensors, numbers, strings, enums,
// optionals, pairs, tuples, arrays, vectors, maps. A struct takes part by naming its fields:
//
//   struct Batch {
//     etch::Tensor image;
//     std::optional<etch::Tensor> text;
//     template <typename Visitor> void fields(Visitor&& visit) { visit(image, text); }
//   };
#ifndef ETCH_FRONTEND_TREE_H_
#define ETCH_FRONTEND_TREE_H_

#include <array>
#include <map>
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

template <typename T>
inline constexpr bool kUnsupported = false;

struct AnyFields {
  template <typename... T>
  void operator()(T&&...) const {}
};

template <typename T>
struct Walk {
  static void visit(T& value, Visitor& visitor) {
    if constexpr (std::is_same_v<T, bool>) {
      visitor.fixed(value ? "true" : "false");
    } else if constexpr (std::is_arithmetic_v<T>) {
      visitor.fixed(std::to_string(value));
    } else if constexpr (std::is_enum_v<T>) {
      visitor.fixed(std::to_string(static_cast<std::underlying_type_t<T>>(value)));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      visitor.fixed("\"" + std::string(std::string_view(value)) + "\"");
    } else if constexpr (requires { value.fields(AnyFields()); }) {
      value.fields([&](auto&... field) {
        (Walk<std::remove_reference_t<decltype(field)>>::visit(field, visitor), ...);
      });
    } else {
      static_assert(kUnsupported<T>,
                    "this type cannot pass through etch::compile or etch::trace: use tensors, "
                    "numbers, strings, enums, optionals, pairs, tuples, arrays, vectors or maps of "
                    "them, or give the struct a member template fields(visitor)");
    }
  }
};

template <typename T>
void visit(T& value, Visitor& visitor) {
  Walk<T>::visit(value, visitor);
}

template <>
struct Walk<Tensor> {
  static void visit(Tensor& value, Visitor& visitor) { visitor.tensor(value); }
};

template <typename T>
struct Walk<std::optional<T>> {
  static void visit(std::optional<T>& value, Visitor& visitor) {
    visitor.fixed(value ? "some" : "none");
    if (value) tree::visit(*value, visitor);
  }
};

template <typename T, typename A>
struct Walk<std::vector<T, A>> {
  static void visit(std::vector<T, A>& values, Visitor& visitor) {
    visitor.fixed("size " + std::to_string(values.size()));
    for (auto&& value : values) {
      if constexpr (std::is_same_v<T, bool>) {
        visitor.fixed(value ? "true" : "false");
      } else {
        tree::visit(value, visitor);
      }
    }
  }
};

template <typename T, size_t n>
struct Walk<std::array<T, n>> {
  static void visit(std::array<T, n>& values, Visitor& visitor) {
    for (T& value : values) tree::visit(value, visitor);
  }
};

template <typename K, typename T, typename C, typename A>
struct Walk<std::map<K, T, C, A>> {
  static void visit(std::map<K, T, C, A>& values, Visitor& visitor) {
    visitor.fixed("size " + std::to_string(values.size()));
    for (auto& [key, value] : values) {
      K name = key;
      tree::visit(name, visitor);
      tree::visit(value, visitor);
    }
  }
};

template <typename A, typename B>
struct Walk<std::pair<A, B>> {
  static void visit(std::pair<A, B>& value, Visitor& visitor) {
    tree::visit(value.first, visitor);
    tree::visit(value.second, visitor);
  }
};

template <typename... T>
struct Walk<std::tuple<T...>> {
  static void visit(std::tuple<T...>& value, Visitor& visitor) {
    std::apply([&](auto&... element) { (tree::visit(element, visitor), ...); }, value);
  }
};

// Calls `fn(Tensor&)` on each tensor of `value`, in order.
template <typename T, typename Fn>
void for_each_tensor(T& value, Fn&& fn) {
  struct Each : Visitor {
    explicit Each(Fn& fn) : fn(fn) {}
    void tensor(Tensor& tensor) override { fn(tensor); }
    void fixed(std::string_view) override {}
    Fn& fn;
  } each(fn);
  tree::visit(value, each);
}

template <typename T>
std::vector<Tensor> tensors_of(T& value) {
  std::vector<Tensor> tensors;
  for_each_tensor(value, [&](Tensor& tensor) { tensors.push_back(tensor); });
  return tensors;
}

// Puts `tensors` in the place of the tensors of `value`, in order.
template <typename T>
void replace_tensors(T& value, const std::vector<Tensor>& tensors) {
  size_t next = 0;
  for_each_tensor(value, [&](Tensor& tensor) { tensor = tensors.at(next++); });
}

}  // namespace etch::tree

#endif  // ETCH_FRONTEND_TREE_H_
