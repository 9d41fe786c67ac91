// How backward calls hooks: gradients become tensors, and what hooks return becomes gradients.
#include "absl/strings/str_cat.h"
#include "etch/frontend/backward.h"
#include "etch/frontend/types.h"

namespace etch::frontend {
namespace {

// "fc1" of "fc1.weight".
std::string module_of(const TensorImpl& leaf) {
  if (leaf.cell == nullptr) return "";
  const std::string& path = leaf.cell->path;
  size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

}  // namespace

Tensor BackwardPass::to_tensor(mlir::Value gradient) {
  if (!gradient) return Tensor();
  if (options_.create_graph) return Tensor(trace_->adopt(gradient, /*requires_grad=*/true));
  return Tensor(trace_->adopt(trace_->detach(gradient), /*requires_grad=*/false));
}

mlir::Value BackwardPass::to_value(const Tensor& gradient, mlir::Type type) {
  if (!gradient.defined()) return {};
  Site site{"register_hook", site_.loc};
  auto expected = llvm::cast<mlir::RankedTensorType>(type);
  if (gradient.shape() != shape_of(expected)) {
    fail(site, absl::StrCat("a hook has changed the size of value: the gradient is ",
                            describe_type(expected), ", the hook returned ",
                            describe_type(gradient.dtype(), gradient.shape())));
  }
  if (gradient.dtype() != dtype_of_type(expected.getElementType())) {
    fail(site, absl::StrCat("a hook has changed the type of value: the gradient is ",
                            describe_type(expected), ", the hook returned ",
                            describe_type(gradient.dtype(), gradient.shape())));
  }
  return options_.create_graph ? trace_->read(gradient.impl(), site)
                               : trace_->read_detached(gradient.impl(), site);
}

mlir::Value BackwardPass::run_tensor_hooks(TensorHooks& hooks, mlir::Value gradient,
                                           const std::string& name) {
  for (const TensorHooks::Entry& entry : *hooks.entries()) {
    std::vector<Tensor> list = {to_tensor(gradient)};
    if (entry.hook.tap) {
      auto deliver = [hooks = hooks.shared_from_this(), id = entry.id,
                      tap = entry.hook.tap](std::span<const TensorView> views) {
        if (hooks->contains(id)) tap(views[0]);
      };
      record_tap(absl::StrCat(name, name.empty() ? "" : ".", "grad"), list, deliver);
      continue;
    }
    entry.hook.graph(list);
    if (mlir::Value replacement = to_value(list[0], gradient.getType())) gradient = replacement;
  }
  return gradient;
}

void BackwardPass::run_pre_hooks(const NodePreHooks& hooks, llvm::SmallVectorImpl<mlir::Value>& dy,
                                 mlir::TypeRange types) {
  for (const NodePreHooks::Entry& entry : *hooks.entries()) {
    std::vector<Tensor> outputs;
    for (mlir::Value gradient : dy) outputs.push_back(to_tensor(gradient));
    std::vector<Tensor> replaced = outputs;
    entry.hook(replaced);
    for (size_t i = 0; i < dy.size(); ++i)
      if (replaced[i].impl() != outputs[i].impl()) dy[i] = to_value(replaced[i], types[i]);
  }
}

void BackwardPass::run_post_hooks(const NodePostHooks& hooks,
                                  llvm::SmallVectorImpl<mlir::Value>& dx, mlir::TypeRange types,
                                  llvm::ArrayRef<mlir::Value> dy) {
  std::vector<Tensor> outputs;
  for (mlir::Value gradient : dy) outputs.push_back(to_tensor(gradient));
  for (const NodePostHooks::Entry& entry : *hooks.entries()) {
    std::vector<Tensor> inputs;
    for (mlir::Value gradient : dx) inputs.push_back(to_tensor(gradient));
    std::vector<Tensor> replaced = inputs;
    entry.hook(replaced, outputs);
    for (size_t i = 0; i < dx.size(); ++i)
      if (replaced[i].impl() != inputs[i].impl()) dx[i] = to_value(replaced[i], types[i]);
  }
}

// What PyTorch's AccumulateGrad does, with the hooks around it.
mlir::Value BackwardPass::finish_leaf(const TensorPtr& leaf, mlir::Value gradient) {
  std::shared_ptr<LeafHooks> hooks = leaf->hooks;
  mlir::Type type = gradient.getType();
  PathScope path(module_of(*leaf));
  gradient = run_tensor_hooks(*hooks->tensor, gradient, leaf->cell ? leaf->cell->path : "");
  if (!options_.accumulate) return gradient;

  llvm::SmallVector<mlir::Value, 1> arrived = {gradient};
  run_pre_hooks(*hooks->node.pre, arrived, type);
  if (!arrived[0]) return gradient;
  write_grad(leaf, arrived[0]);
  for (const PostAccumulateHooks::Entry& entry : *hooks->post_accumulate->entries())
    entry.hook(Tensor(leaf));
  llvm::SmallVector<mlir::Value, 1> none;
  run_post_hooks(*hooks->node.post, none, {}, arrived);
  return arrived[0];
}

}  // namespace etch::frontend
