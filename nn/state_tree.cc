#include "etch/nn/state_tree.h"

#include <algorithm>
#include <sstream>
#include <unordered_set>

namespace etch::nn {
namespace {

std::string known_keys(const StateTree& tree) {
  constexpr size_t kShown = 10;
  std::string text;
  for (size_t i = 0; i < std::min(tree.size(), kShown); ++i)
    text += (i ? ", \"" : "\"") + tree.items()[i].first + "\"";
  return text + (tree.size() > kShown ? ", ..." : "");
}

void collect(const StateTree& tree, const std::string& name, StateDict& state) {
  if (tree.kind() == StateTree::Kind::kTensor) state.insert(name, tree.as_tensor());
  for (const auto& [key, item] : tree.items())
    collect(item, name.empty() ? key : name + "." + key, state);
}

void print(const StateTree& tree, const std::string& indent, std::ostream& os) {
  using Kind = StateTree::Kind;
  switch (tree.kind()) {
    case Kind::kNone:
      os << "None\n";
      return;
    case Kind::kBool:
      os << (tree.as_bool() ? "True\n" : "False\n");
      return;
    case Kind::kInt:
      os << tree.as_int() << '\n';
      return;
    case Kind::kFloat:
      os << tree.as_float() << '\n';
      return;
    case Kind::kString:
      os << '"' << tree.as_string() << "\"\n";
      return;
    case Kind::kTensor:
      os << dtype_name(tree.as_tensor().dtype()) << ' ' << tree.as_tensor().shape() << '\n';
      return;
    case Kind::kList:
    case Kind::kDict:
      os << StateTree::kind_name(tree.kind()) << " of " << tree.size() << '\n';
      for (const auto& [key, item] : tree.items()) {
        os << indent << "  " << key << ": ";
        print(item, indent + "  ", os);
      }
  }
}

}  // namespace

StateTree StateTree::list(std::vector<StateTree> values) {
  std::vector<Item> items;
  for (StateTree& value : values)
    items.emplace_back(std::to_string(items.size()), std::move(value));
  StateTree tree;
  tree.value_ = Items{std::move(items), /*is_dict=*/false};
  return tree;
}

StateTree StateTree::dict(std::vector<Item> items) {
  std::unordered_set<std::string_view> keys;
  for (const auto& [key, value] : items)
    if (!keys.insert(key).second) throw Error("StateTree: the key \"" + key + "\" is there twice");
  StateTree tree;
  tree.value_ = Items{std::move(items), /*is_dict=*/true};
  return tree;
}

StateTree::Kind StateTree::kind() const {
  // In the order of value_'s alternatives.
  if (const auto* items = std::get_if<Items>(&value_))
    return items->is_dict ? Kind::kDict : Kind::kList;
  return static_cast<Kind>(value_.index());
}

std::string_view StateTree::kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {"none",   "bool",   "int",  "float",
                                         "string", "tensor", "list", "dict"};
  return kNames[static_cast<size_t>(kind)];
}

namespace {

template <typename T, typename V>
const T& get(const V& value, std::string_view wanted, StateTree::Kind kind) {
  if (const T* found = std::get_if<T>(&value)) return *found;
  throw Error("StateTree: wanted a value of kind " + std::string(wanted) + ", this is of kind " +
              std::string(StateTree::kind_name(kind)));
}

}  // namespace

bool StateTree::as_bool() const { return get<bool>(value_, "bool", kind()); }
int64_t StateTree::as_int() const { return get<int64_t>(value_, "int", kind()); }
double StateTree::as_float() const {
  if (const auto* integer = std::get_if<int64_t>(&value_)) return static_cast<double>(*integer);
  return get<double>(value_, "float", kind());
}
const std::string& StateTree::as_string() const {
  return get<std::string>(value_, "string", kind());
}
Tensor StateTree::as_tensor() const { return get<Tensor>(value_, "tensor", kind()); }

const std::vector<StateTree::Item>& StateTree::items() const {
  static const std::vector<Item> none;
  const auto* items = std::get_if<Items>(&value_);
  return items ? items->items : none;
}

const StateTree* StateTree::find(std::string_view key) const {
  for (const auto& [name, value] : items())
    if (name == key) return &value;
  return nullptr;
}

const StateTree& StateTree::operator[](std::string_view key) const {
  if (const StateTree* found = find(key)) return *found;
  throw Error("StateTree: there is no \"" + std::string(key) + "\" in a " +
              std::string(kind_name(kind())) +
              (size() ? "; its keys are " + known_keys(*this) : " without items"));
}

const StateTree& StateTree::operator[](size_t index) const {
  if (index < size()) return items()[index].second;
  throw Error("StateTree: index " + std::to_string(index) + " in a " +
              std::string(kind_name(kind())) + " of " + std::to_string(size()) + " items");
}

StateDict StateTree::state_dict() const {
  StateDict state;
  collect(*this, "", state);
  return state;
}

std::string StateTree::to_string() const {
  std::ostringstream text;
  print(*this, "", text);
  return text.str();
}

std::ostream& operator<<(std::ostream& os, const StateTree& tree) { return os << tree.to_string(); }

}  // namespace etch::nn
