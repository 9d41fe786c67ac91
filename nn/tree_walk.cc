#include "etch/nn/tree_walk.h"

#include <unordered_set>

#include "etch/nn/registry.h"

namespace etch::nn::detail {
namespace {

void walk(const Module& module, const std::string& path, bool recurse,
          std::unordered_set<const Module*>* seen, const Visit& visit) {
  if (seen && !seen->insert(&module).second) return;
  ModuleAccess::observe(module);
  visit(path, module);
  if (!recurse) return;
  for (const ChildEntry& child : ModuleAccess::registry(module).children)
    if (child.module) walk(*child.module, join_path(path, child.name), recurse, seen, visit);
}

}  // namespace

void walk_modules(const Module& root, bool recurse, const Visit& visit) {
  std::unordered_set<const Module*> seen;
  walk(root, "", recurse, &seen, visit);
}

void walk_all_paths(const Module& root, const Visit& visit) {
  walk(root, "", true, nullptr, visit);
}

}  // namespace etch::nn::detail
