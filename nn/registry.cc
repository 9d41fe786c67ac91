#include "etch/nn/registry.h"

#include <algorithm>
#include <unordered_set>

#include "etch/frontend/state.h"

namespace etch::nn::detail {
namespace {

bool is_taken(const Registry& registry, std::string_view name) {
  auto has_name = [&](const auto& entry) { return entry.name == name; };
  return std::any_of(registry.parameters.begin(), registry.parameters.end(), has_name) ||
         std::any_of(registry.buffers.begin(), registry.buffers.end(), has_name) ||
         std::any_of(registry.children.begin(), registry.children.end(), has_name);
}

void check_name(const Module& owner, std::string_view name) {
  const char* problem = nullptr;
  if (name.empty())
    problem = "is empty; a part's name becomes part of the names of its state";
  else if (name.find('.') != std::string_view::npos)
    problem = "has a dot in it; dots join the names of modules";
  else if (is_taken(ModuleAccess::registry(owner), name))
    problem = "is taken in this module; give the part another one";
  if (problem)
    throw Error((owner.path().empty() ? "" : owner.path() + ": ") + owner.type_name() +
                ": the name \"" + std::string(name) + "\" " + problem);
}

TensorEntry* find_entry(std::vector<TensorEntry>& entries, std::string_view name) {
  for (TensorEntry& entry : entries)
    if (entry.name == name) return &entry;
  return nullptr;
}

Tensor cell_of(const Tensor& value, CellKind kind, const std::string& name) {
  return value.defined() ? frontend::make_cell(value, kind, name) : Tensor();
}

// Every module below and including `module`, each once.
void collect(Module& module, std::vector<Module*>& order, std::unordered_set<Module*>& seen) {
  if (!seen.insert(&module).second) return;
  order.push_back(&module);
  for (ChildEntry& child : ModuleAccess::registry(module).children)
    if (child.module) collect(*child.module, order, seen);
}

// The key of a random state depends on its path, so that layers draw unrelated numbers.
void name_random_state(const Registry& registry, TensorEntry& entry) {
  std::string path = join_path(join_path("rng", registry.path), entry.name);
  if (path == "rng") path = "rng.root";
  if (entry.cell.defined() && entry.cell.path() == path) return;
  entry.cell = frontend::make_random_state(path);
  if (entry.member) *entry.member = entry.cell;
}

// One run of path assignment over the tree of `root`.
class PathAssigner {
 public:
  explicit PathAssigner(const std::shared_ptr<Module>& root) : root_(root) {
    std::vector<Module*> order;
    collect(*root, order, members_);
  }

  void visit(Module& module, const std::string& path) {
    if (!visited_.insert(&module).second) return add_aliases(module, path);
    Registry& registry = ModuleAccess::registry(module);
    // A part borrowed from a tree that lives on outside this one keeps its path there: a feature
    // extractor made of a model's layers must not rename the model's state.
    std::shared_ptr<Module> home = registry.root.lock();
    bool borrowed = home && !members_.contains(home.get());
    if (!borrowed) {
      registry.root = root_;
      registry.path = path;
    }
    name_cells(registry);
    for (ChildEntry& child : registry.children)
      if (child.module) visit(*child.module, join_path(path, child.name));
  }

 private:
  void name_cells(Registry& registry) {
    for (auto* entries : {&registry.parameters, &registry.buffers}) {
      for (TensorEntry& entry : *entries) name_cell(entry, registry.path);
    }
    for (TensorEntry& entry : registry.random_states) name_random_state(registry, entry);
  }

  void name_cell(const TensorEntry& entry, const std::string& path) {
    if (!entry.cell.defined()) return;
    if (named_.insert(entry.cell.impl().get()).second)
      frontend::set_cell_path(entry.cell, join_path(path, entry.name));
    else
      frontend::add_cell_alias(entry.cell, join_path(path, entry.name));
  }

  // The further names of what lies below a module that the tree has once more.
  void add_aliases(Module& module, const std::string& path) {
    if (!above_.insert(&module).second) return;  // A module within itself.
    Registry& registry = ModuleAccess::registry(module);
    for (auto* entries : {&registry.parameters, &registry.buffers})
      for (TensorEntry& entry : *entries) name_cell(entry, path);
    for (ChildEntry& child : registry.children)
      if (child.module) add_aliases(*child.module, join_path(path, child.name));
    above_.erase(&module);
  }

  std::shared_ptr<Module> root_;
  std::unordered_set<Module*> members_;
  std::unordered_set<Module*> visited_;
  std::unordered_set<Module*> above_;
  std::unordered_set<const void*> named_;
};

}  // namespace

std::string join_path(std::string_view path, std::string_view name) {
  if (path.empty()) return std::string(name);
  if (name.empty()) return std::string(path);
  return std::string(path) + "." + std::string(name);
}

Tensor ModuleAccess::add_parameter(Module& owner, std::string name, const Tensor& value,
                                   bool requires_grad, Tensor* member) {
  check_name(owner, name);
  if (value.defined() && requires_grad && !is_floating(value.dtype()))
    throw Error(join_path(owner.path(), name) + ": a parameter of dtype " +
                std::string(dtype_name(value.dtype())) +
                " cannot require grad; pass requires_grad = false or register a buffer");
  Tensor cell = cell_of(value, CellKind::kParameter, join_path(owner.path(), name));
  if (cell.defined()) cell.requires_grad_(requires_grad);
  registry(owner).parameters.push_back({std::move(name), cell, member});
  changed(owner);
  return cell;
}

Tensor ModuleAccess::add_buffer(Module& owner, std::string name, const Tensor& value,
                                bool persistent, Tensor* member) {
  check_name(owner, name);
  Tensor cell = cell_of(value, CellKind::kBuffer, join_path(owner.path(), name));
  registry(owner).buffers.push_back({std::move(name), cell, member, persistent});
  changed(owner);
  return cell;
}

void ModuleAccess::add_random_state(Module& owner, std::string name, Tensor* member) {
  registry(owner).random_states.push_back({std::move(name), Tensor(), member, false});
  changed(owner);
}

// Walks of a tree would not end.
static void check_not_within(Module& owner, const ChildEntry& child) {
  if (!child.module) return;
  std::vector<Module*> order;
  std::unordered_set<Module*> below;
  collect(*child.module, order, below);
  if (below.contains(&owner))
    throw Error(owner.type_name() + ": the module \"" + child.name +
                "\" would contain itself; share its parts instead");
}

void ModuleAccess::add_child(Module& owner, ChildEntry child) {
  check_name(owner, child.name);
  check_not_within(owner, child);
  registry(owner).children.push_back(std::move(child));
  changed(owner);
}

void ModuleAccess::replace_child(Module& owner, std::string_view name,
                                 std::shared_ptr<Module> child) {
  for (ChildEntry& entry : registry(owner).children)
    if (entry.name == name) {
      check_not_within(owner, {entry.name, child});
      entry.module = std::move(child);
    }
  changed(owner);
}

void ModuleAccess::set_children(Module& owner, std::vector<ChildEntry> children) {
  for (const ChildEntry& child : children) check_not_within(owner, child);
  registry(owner).children = std::move(children);
  changed(owner);
}

void ModuleAccess::tie_parameter(Module& owner, std::string_view name, const Tensor& cell) {
  TensorEntry* entry = find_entry(registry(owner).parameters, name);
  std::string path = join_path(owner.path(), name);
  if (!entry) throw Error(path + ": tie: there is no such parameter");
  if (entry->cell.defined() &&
      (entry->cell.shape() != cell.shape() || entry->cell.dtype() != cell.dtype()))
    throw Error(path + ": tie: " + cell.path() + " has shape " + cell.shape().to_string() +
                " and dtype " + std::string(dtype_name(cell.dtype())) + ", this parameter " +
                entry->cell.shape().to_string() + " and " +
                std::string(dtype_name(entry->cell.dtype())));
  entry->cell = cell;
  if (entry->member) *entry->member = cell;
  changed(owner);
}

void ModuleAccess::define_random_states(Module& owner) {
  for (TensorEntry& entry : registry(owner).random_states)
    name_random_state(registry(owner), entry);
}

void ModuleAccess::assign_paths(const std::shared_ptr<Module>& root) {
  PathAssigner(root).visit(*root, "");
}

void ModuleAccess::changed(Module& module) {
  ++registry(module).changes;
  frontend::structure_changed();
  if (auto root = registry(module).root.lock()) assign_paths(root);
}

}  // namespace etch::nn::detail
