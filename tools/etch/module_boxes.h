// Nested boxes for the modules of a graph, such that the boxes too form a graph without cycles.
#ifndef ETCH_TOOLS_ETCH_MODULE_BOXES_H_
#define ETCH_TOOLS_ETCH_MODULE_BOXES_H_

#include <string>
#include <vector>

namespace etch::tools {

struct ModuleBox {
  std::string name;  // "attn", or "layers.1" where "layers" holds nothing else; empty: the whole
  std::string path;  // "h.0.attn"
  int parent = -1;
  // Which box of its module, from 1. A module whose ops depend on others that
  // depend on its own has several: a training step goes through a layer forward, then backward.
  int visit = 1;
};

struct ModuleBoxes {
  std::vector<ModuleBox> boxes;  // the whole first, parents before children
  std::vector<int> box_of;       // by node
};

// `paths` are the nodes' modules, in an order of dependence; `inputs` what each node reads, by
// number. As few boxes as a pass in this order finds: a node joins its module's last box unless
// what it reads depends on that box from outside.
ModuleBoxes group_by_module(const std::vector<std::string>& paths,
                            const std::vector<std::vector<int>>& inputs);

}  // namespace etch::tools

#endif  // ETCH_TOOLS_ETCH_MODULE_BOXES_H_
