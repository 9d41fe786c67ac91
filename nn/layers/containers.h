// Modules made of modules: Sequential, ModuleList and ModuleDict.
#ifndef ETCH_NN_LAYERS_CONTAINERS_H_
#define ETCH_NN_LAYERS_CONTAINERS_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "etch/frontend/scope.h"
#include "etch/nn/handle.h"
#include "etch/nn/module.h"

namespace etch::nn {

// A module under a name, for Sequential.
using NamedModule = std::pair<std::string, ModuleHandle<Module>>;

// Calls its children one after the other, each mapping one tensor to one.
//
//   auto net = nn::make<nn::Sequential>(nn::make<nn::Linear>({.in_features = 8, .out_features =
//   4}),
//                                       nn::make<nn::ReLU>());
//
// Children are called "0", "1", ... or by the names given. Calling it throws etch::Error when a
// child maps something else.
class Sequential : public LibraryModule {
 public:
  Sequential() = default;
  explicit Sequential(std::vector<ModuleHandle<Module>> modules);
  explicit Sequential(std::vector<NamedModule> modules);
  template <std::derived_from<Module>... M>
  requires(sizeof...(M) > 0) explicit Sequential(ModuleHandle<M>... modules)
      : Sequential(std::vector<ModuleHandle<Module>>{modules...}) {}

  Tensor forward(const Tensor& x);

  // Names it by its position.
  Sequential& append(const ModuleHandle<Module>& module);
  Sequential& extend(const std::vector<ModuleHandle<Module>>& modules);
  int64_t size() const;
  ModuleHandle<Module> operator[](int64_t index) const;  // negative counts from the end
  ModuleHandle<Module> operator[](std::string_view name) const;
  // Children begin..end as a Sequential that shares them.
  ModuleHandle<Sequential> slice(int64_t begin, int64_t end) const;
};

// A list of modules of one type, "0", "1", ...; not called itself.
//
//   nn::Child<nn::ModuleList<Block>> h{this, "h", 4, [&] { return nn::make<Block>(width); }};
//   for (auto& block : h) x = block(x);
template <std::derived_from<Module> M>
class ModuleList : public Module {
 public:
  ModuleList() = default;
  explicit ModuleList(std::vector<ModuleHandle<M>> modules) { extend(modules); }
  // `count` modules, made by `factory()` or `factory(index)`.
  template <typename F>
  requires std::invocable<F&> || std::invocable<F&, int64_t> ModuleList(int64_t count, F factory) {
    for (int64_t i = 0; i < count; ++i) {
      if constexpr (std::invocable<F&, int64_t>)
        append(factory(i));
      else
        append(factory());
    }
  }

  ModuleList& append(ModuleHandle<M> module) {
    add_module(std::to_string(size()), module);
    modules_.push_back(std::move(module));
    return *this;
  }
  ModuleList& extend(const std::vector<ModuleHandle<M>>& modules) {
    for (const ModuleHandle<M>& module : modules) append(module);
    return *this;
  }
  // Before `index`, which counts from the end when it is negative; those behind it are renamed.
  // Throws etch::Error for an index outside [-size, size].
  ModuleList& insert(int64_t index, ModuleHandle<M> module) {
    int64_t i = index < 0 ? index + size() : index;
    if (i < 0 || i > size())
      frontend::fail({"ModuleList"}, "cannot insert at " + std::to_string(index) +
                                         " into a list of " + std::to_string(size()));
    modules_.insert(modules_.begin() + i, std::move(module));
    std::vector<detail::ChildEntry> children;
    for (const ModuleHandle<M>& each : modules_)
      children.push_back({std::to_string(children.size()), each.shared()});
    detail::ModuleAccess::set_children(*this, std::move(children));
    return *this;
  }

  int64_t size() const { return static_cast<int64_t>(modules().size()); }
  // Negative counts from the end. Throws etch::Error when there is none.
  const ModuleHandle<M>& operator[](int64_t index) const {
    int64_t i = index < 0 ? index + size() : index;
    if (i < 0 || i >= size())
      frontend::fail({"ModuleList"},
                     "index " + std::to_string(index) + " in a list of " + std::to_string(size()));
    return modules()[static_cast<size_t>(i)];
  }
  // Elements begin..end as a list that shares them.
  ModuleHandle<ModuleList> slice(int64_t begin, int64_t end) const {
    std::vector<ModuleHandle<M>> part;
    for (int64_t i = begin; i < end; ++i) part.push_back((*this)[i]);
    return make<ModuleList>(std::move(part));
  }
  auto begin() const { return modules().begin(); }
  auto end() const { return modules().end(); }

 private:
  // A list is not called, so that looking at it makes a trace depend on its elements.
  const std::vector<ModuleHandle<M>>& modules() const {
    detail::ModuleAccess::observe(*this);
    return modules_;
  }

  std::vector<ModuleHandle<M>> modules_;
};

// Modules of one type by name, in the order in which they were put in; not called itself.
//
//   nn::Child<nn::ModuleDict<>> encoders{this, "encoders",
//                                        {{"image", nn::make<ImageEncoder>()},
//                                         {"text", nn::make<TextEncoder>()}}};
//   for (auto& [name, encoder] : encoders) features.push_back(encoder(inputs.at(name)));
template <std::derived_from<Module> M = Module>
class ModuleDict : public Module {
 public:
  using Entry = std::pair<std::string, ModuleHandle<M>>;

  ModuleDict() = default;
  explicit ModuleDict(std::vector<Entry> entries) { update(entries); }

  // Puts `module` in the place of the one of this name, or at the end. Throws etch::Error when
  // `name` is empty or has a dot in it.
  ModuleDict& insert(std::string name, ModuleHandle<M> module) {
    if (Entry* entry = find(name)) {
      detail::ModuleAccess::replace_child(*this, name, module.shared());
      entry->second = std::move(module);
    } else {
      add_module(name, module);
      entries_.emplace_back(std::move(name), std::move(module));
    }
    return *this;
  }
  ModuleDict& update(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) insert(entry.first, entry.second);
    return *this;
  }
  // Whether there was such a module.
  bool erase(std::string_view name) {
    if (!find(name)) return false;
    std::erase_if(entries_, [&](const Entry& entry) { return entry.first == name; });
    std::vector<detail::ChildEntry> children;
    for (const Entry& entry : entries_) children.push_back({entry.first, entry.second.shared()});
    detail::ModuleAccess::set_children(*this, std::move(children));
    return true;
  }

  int64_t size() const { return static_cast<int64_t>(entries().size()); }
  bool contains(std::string_view name) const {
    detail::ModuleAccess::observe(*this);
    return const_cast<ModuleDict*>(this)->find(name) != nullptr;
  }
  // Throws etch::Error, listing the names there are, when there is none.
  const ModuleHandle<M>& operator[](std::string_view name) const {
    detail::ModuleAccess::observe(*this);
    if (const Entry* entry = const_cast<ModuleDict*>(this)->find(name)) return entry->second;
    std::string names;
    for (const Entry& entry : entries_) names += (names.empty() ? "" : ", ") + entry.first;
    frontend::fail({"ModuleDict"}, "there is no \"" + std::string(name) + "\" among: " + names);
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const Entry& entry : entries()) names.push_back(entry.first);
    return names;
  }
  auto begin() const { return entries().begin(); }
  auto end() const { return entries().end(); }

 private:
  // A dictionary is not called, so that looking at it makes a trace depend on its elements.
  const std::vector<Entry>& entries() const {
    detail::ModuleAccess::observe(*this);
    return entries_;
  }
  Entry* find(std::string_view name) {
    for (Entry& entry : entries_)
      if (entry.first == name) return &entry;
    return nullptr;
  }

  std::vector<Entry> entries_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_CONTAINERS_H_
