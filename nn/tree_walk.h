// Walking the tree of modules below one. Used by the .cc files of nn only.
#ifndef ETCH_NN_TREE_WALK_H_
#define ETCH_NN_TREE_WALK_H_

#include <functional>
#include <string>

#include "etch/nn/module.h"

namespace etch::nn::detail {

using Visit = std::function<void(const std::string& path, const Module& module)>;

// Calls `visit` on `root` and, when `recurse`, on all below it, parents first, in order of
// registration, a shared module once under its first path (relative to `root`).
void walk_modules(const Module& root, bool recurse, const Visit& visit);
// As walk_modules, but visits a shared module under each of its paths.
void walk_all_paths(const Module& root, const Visit& visit);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_TREE_WALK_H_
