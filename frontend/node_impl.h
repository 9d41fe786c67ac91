// What a Node points to. Internal: includes MLIR.
#ifndef ETCH_FRONTEND_NODE_IMPL_H_
#define ETCH_FRONTEND_NODE_IMPL_H_

#include "etch/frontend/node.h"
#include "etch/frontend/trace.h"

namespace etch::autograd {

// An op of a trace, or a leaf, or the name of what has been freed.
struct NodeImpl {
  std::shared_ptr<frontend::Trace> trace;
  mlir::Operation* op = nullptr;
  frontend::TensorPtr leaf;
  std::string freed_name;
};

}  // namespace etch::autograd

namespace etch::frontend {

// "MatmulBackward0".
std::string node_name(mlir::Operation* op);

}  // namespace etch::frontend

#endif  // ETCH_FRONTEND_NODE_IMPL_H_
