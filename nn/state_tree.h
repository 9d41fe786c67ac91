// StateTree: values as other programs' files hold them, such as a training checkpoint of PyTorch:
//
//   nn::StateTree file = nn::load_tree("epoch3.pt").value();   // {"model": {...}, "epoch": 3}
//   net->load_state_dict(file["model"].state_dict());
//   int64_t epoch = file["epoch"].as_int();
#ifndef ETCH_NN_STATE_TREE_H_
#define ETCH_NN_STATE_TREE_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/nn/state_dict.h"

namespace etch::nn {

// None, a bool, an integer, a float, a string, a tensor, a list or a dict. Tuples are lists; what
// is no string among a dict's keys is written as one ("0").
class StateTree {
 public:
  enum class Kind : uint8_t { kNone, kBool, kInt, kFloat, kString, kTensor, kList, kDict };
  using Item = std::pair<std::string, StateTree>;

  StateTree() = default;  // None
  explicit StateTree(bool value) : value_(value) {}
  explicit StateTree(int64_t value) : value_(value) {}
  explicit StateTree(double value) : value_(value) {}
  explicit StateTree(std::string value) : value_(std::move(value)) {}
  explicit StateTree(Tensor value) : value_(std::move(value)) {}
  // The keys of a list's items are "0", "1", ...
  static StateTree list(std::vector<StateTree> items);
  // Throws etch::Error when a key comes twice.
  static StateTree dict(std::vector<Item> items);

  Kind kind() const;
  // "none", "bool", "int", "float", "string", "tensor", "list", "dict".
  static std::string_view kind_name(Kind kind);

  // The value; throws etch::Error when it is of another kind. as_float() takes integers too.
  bool as_bool() const;
  int64_t as_int() const;
  double as_float() const;
  const std::string& as_string() const;
  Tensor as_tensor() const;

  // Of a list or a dict, in order; none for other kinds.
  const std::vector<Item>& items() const;
  size_t size() const { return items().size(); }
  // Null when there is no such item.
  const StateTree* find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  // Throw etch::Error, naming the keys there are, when there is no such item.
  const StateTree& operator[](std::string_view key) const;
  const StateTree& operator[](size_t index) const;

  // Every tensor in it under its dotted name; the rest is left out. Throws etch::Error where two
  // get the same name.
  StateDict state_dict() const;

  // One line an item, indented; tensors as dtype and shape.
  std::string to_string() const;

 private:
  struct Items {
    std::vector<Item> items;
    bool is_dict;
  };
  std::variant<std::monostate, bool, int64_t, double, std::string, Tensor, Items> value_;
};

std::ostream& operator<<(std::ostream& os, const StateTree& tree);

}  // namespace etch::nn

#endif  // ETCH_NN_STATE_TREE_H_
