#include "etch/nn/state_dict.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "etch/nn/host_values.h"

namespace etch::nn {
namespace {

std::string list(const char* title, const std::vector<std::string>& names) {
  std::string text = std::string(title) + ": ";
  for (size_t i = 0; i < names.size(); ++i) text += (i ? ", " : "") + names[i];
  return text;
}

std::string describe(const Tensor& t) {
  return std::string(dtype_name(t.dtype())) + " " + t.shape().to_string();
}

bool convertible(const Tensor& from, const Tensor& to) {
  return from.dtype() == to.dtype() || (is_floating(from.dtype()) && is_floating(to.dtype()));
}

}  // namespace

StateDict::StateDict(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) insert(entry.first, entry.second);
}

void StateDict::insert(std::string name, Tensor value) {
  if (!index_.emplace(name, entries_.size()).second)
    throw Error("state_dict: the name \"" + name + "\" is there twice");
  entries_.emplace_back(std::move(name), std::move(value));
}

void StateDict::insert(const StateDict& other) {
  for (const auto& [name, value] : other) insert(name, value);
}

bool StateDict::erase(std::string_view name) {
  auto found = index_.find(std::string(name));
  if (found == index_.end()) return false;
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(found->second));
  index_.clear();
  for (size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
  return true;
}

Tensor StateDict::find(std::string_view name) const {
  auto found = index_.find(std::string(name));
  return found == index_.end() ? Tensor() : entries_[found->second].second;
}

Tensor StateDict::at(std::string_view name) const {
  Tensor value = find(name);
  if (!value.defined()) throw Error("state_dict: there is no \"" + std::string(name) + "\"");
  return value;
}

StateDict StateDict::with_prefix(std::string_view prefix) const {
  StateDict found;
  for (const auto& [name, value] : entries_)
    if (std::string_view(name).starts_with(prefix)) found.insert(name, value);
  return found;
}

StateDict StateDict::without_prefix(std::string_view prefix) const {
  return renamed([&](std::string name) {
    return std::string_view(name).starts_with(prefix) ? name.substr(prefix.size()) : name;
  });
}

StateDict StateDict::with_added_prefix(std::string_view prefix) const {
  return renamed([&](const std::string& name) { return std::string(prefix) + name; });
}

StateDict StateDict::renamed(const std::function<std::string(std::string name)>& rename) const {
  StateDict changed;
  for (const auto& [name, value] : entries_)
    if (std::string other = rename(name); !other.empty()) changed.insert(std::move(other), value);
  return changed;
}

StateDict StateDict::transposed(std::initializer_list<std::string_view> suffixes) const {
  StateDict changed;
  for (const auto& [name, value] : entries_) {
    bool wanted = std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) {
      return std::string_view(name).ends_with(suffix);
    });
    if (wanted && value.dim() != 2)
      throw Error("transposed: \"" + name + "\" has shape " + value.shape().to_string() +
                  ", two dimensions can be exchanged");
    changed.insert(name, wanted ? detail::transposed(value) : value);
  }
  return changed;
}

StateDict StateDict::snapshot() const {
  StateDict copies;
  for (const auto& [name, value] : entries_)
    copies.insert(name, detail::converted(value, value.dtype()));
  return copies;
}

std::string LoadReport::to_string() const {
  std::string text;
  auto add = [&](const char* title, const std::vector<std::string>& names) {
    if (!names.empty()) text += (text.empty() ? "" : "\n") + list(title, names);
  };
  add("missing in the state", missing);
  add("unexpected in the state", unexpected);
  add("mismatched", mismatched);
  return text;
}

std::ostream& operator<<(std::ostream& os, const LoadReport& report) {
  return os << report.to_string();
}

namespace detail {
namespace {

// Matches the targets that share a cell with the entries that any of their names has.
class Loader {
 public:
  Loader(const std::vector<LoadTarget>& targets, const StateDict& state)
      : targets_(targets), state_(state) {}

  LoadReport compare() {
    for (const LoadTarget& target : targets_) match(target);
    for (const LoadTarget& target : targets_)
      if (!state_.contains(target.name) && !sources_.contains(target.cell.impl().get()))
        report_.missing.push_back(target.name);
    std::unordered_set<std::string> known;
    for (const LoadTarget& target : targets_) known.insert(target.name);
    for (const auto& [name, value] : state_)
      if (!known.contains(name)) report_.unexpected.push_back(name);
    return std::move(report_);
  }

  void copy() const {
    std::unordered_set<const void*> done;
    for (const LoadTarget& target : targets_) {
      auto source = sources_.find(target.cell.impl().get());
      if (source == sources_.end() || !done.insert(source->first).second) continue;
      set_value(target.cell, converted(source->second, target.cell.dtype()));
    }
  }

 private:
  void match(const LoadTarget& target) {
    Tensor value = state_.find(target.name);
    if (!value.defined()) return;
    if (value.shape() != target.cell.shape() || !convertible(value, target.cell)) {
      report_.mismatched.push_back(target.name + ": " + describe(value) + " in the state, " +
                                   describe(target.cell) + " here");
      return;
    }
    auto [source, first] = sources_.emplace(target.cell.impl().get(), value);
    if (!first && !source->second.is_same(value) && !same_bytes(source->second, value))
      report_.mismatched.push_back(target.name + ": tied with " + target.cell.path() +
                                   " here, but their values in the state differ");
  }

  const std::vector<LoadTarget>& targets_;
  const StateDict& state_;
  LoadReport report_;
  std::unordered_map<const void*, Tensor> sources_;
};

}  // namespace

LoadReport compare_with(const std::vector<LoadTarget>& targets, const StateDict& state) {
  return Loader(targets, state).compare();
}

LoadReport load_into(const std::vector<LoadTarget>& targets, const StateDict& state,
                     const LoadOptions& options, std::string_view who) {
  Loader loader(targets, state);
  LoadReport report = loader.compare();
  if (options.strict && !report.ok())
    throw Error(std::string(who) + ": the state does not fit, nothing was loaded\n" +
                report.to_string());
  if (!options.dry_run) loader.copy();
  return report;
}

}  // namespace detail
}  // namespace etch::nn
