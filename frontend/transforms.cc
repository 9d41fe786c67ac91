#include "etch/frontend/transforms.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops/boundary.h"
#include "etch/frontend/ops/creation.h"
#include "etch/frontend/tracking.h"

namespace etch::frontend {
namespace {

std::string type_text(const Tensor& tensor) {
  return tensor.defined() ? describe_type(tensor.dtype(), tensor.shape()) : "an empty tensor";
}

// `value` at a place of its own in the graph, which gradients can be taken with respect to.
Tensor make_variable(const Site& site, const Tensor& value) {
  Tensor variable = record_boundary({value}, site.loc)[0];
  TensorImpl& impl = *variable.impl();
  impl.requires_grad = true;
  impl.is_leaf = false;
  impl.trace->variables().push_back({variable.impl(), impl.value});
  return variable;
}

std::vector<Tensor> zeros_of(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> zeros;
  for (const Tensor& tensor : tensors) zeros.push_back(zeros_like(tensor));
  return zeros;
}

// Those of `tensors` that require grad, each with its partner, if there are partners.
struct Tracked {
  Tracked(const std::vector<Tensor>& tensors, const std::vector<Tensor>& partners) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (!tensors[i].requires_grad()) continue;
      values.push_back(tensors[i]);
      others.push_back(partners[i]);
    }
  }
  std::vector<Tensor> values, others;
};

}  // namespace

Derivative::Derivative(const char* name, const std::vector<Tensor>& inputs, Location loc)
    : name_(name), loc_(loc) {
  Site site{name, loc};
  for (const Tensor& input : inputs) {
    if (!input.defined() || !is_floating(input.dtype())) {
      fail(site, absl::StrCat("input ", variables_.size(), " is ", type_text(input),
                              "; only tensors of floating point dtype have gradients. Capture it, "
                              "or name the arguments to differentiate"));
    }
    variables_.push_back(make_variable(site, input));
  }
}

void Derivative::require_types(const char* what, const std::vector<Tensor>& directions,
                               const std::vector<Tensor>& values) const {
  Site site{name_, loc_};
  if (directions.size() != values.size()) {
    fail(site,
         absl::StrCat("got ", directions.size(), " ", what, "s for ", values.size(), " tensors"));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (directions[i].defined() && directions[i].dtype() == values[i].dtype() &&
        directions[i].shape() == values[i].shape())
      continue;
    fail(site, absl::StrCat(what, " ", i, " is ", type_text(directions[i]), ", its tensor is ",
                            type_text(values[i])));
  }
}

std::vector<Tensor> Derivative::gradient_of(const Tensor& loss) const {
  if (!loss.defined() || loss.numel() != 1 || !is_floating(loss.dtype())) {
    fail(Site{name_, loc_},
         absl::StrCat("the function returns ", type_text(loss), ", not a floating scalar"));
  }
  return pull_back({loss}, {ones_like(loss)});
}

std::vector<Tensor> Derivative::pull_back(const std::vector<Tensor>& outputs,
                                          const std::vector<Tensor>& cotangents) const {
  require_types("cotangent", cotangents, outputs);
  EnableGradGuard enable;
  Tracked tracked(outputs, cotangents);
  if (tracked.values.empty()) return zeros_of(variables_);
  std::vector<Tensor> gradients = autograd::grad(
      tracked.values, variables_,
      {.grad_outputs = tracked.others, .create_graph = true, .materialize_grads = true}, loc_);
  for (Tensor& gradient : gradients) gradient = release(gradient);
  return gradients;
}

// With g(u) = u^T J, linear in u, J t is the vector-Jacobian product of g with t.
std::vector<Tensor> Derivative::push_forward(const std::vector<Tensor>& outputs,
                                             const std::vector<Tensor>& tangents) const {
  require_types("tangent", tangents, variables_);
  EnableGradGuard enable;
  std::vector<Tensor> cotangents;
  for (const Tensor& zeros : zeros_of(outputs))
    cotangents.push_back(make_variable({name_, loc_}, zeros));

  std::vector<Tensor> results = zeros_of(outputs);
  Tracked tracked(outputs, cotangents);
  if (tracked.values.empty()) return results;
  std::vector<Tensor> pulled = autograd::grad(
      tracked.values, variables_,
      {.grad_outputs = tracked.others, .create_graph = true, .allow_unused = true}, loc_);
  std::vector<Tensor> used, directions;
  for (size_t i = 0; i < pulled.size(); ++i) {
    if (!pulled[i].defined()) continue;
    used.push_back(pulled[i]);
    directions.push_back(tangents[i]);
  }
  if (used.empty()) return results;
  results = autograd::grad(
      used, cotangents,
      {.grad_outputs = directions, .create_graph = true, .materialize_grads = true}, loc_);
  cotangents.clear();  // what was differentiated by is over
  tracked.others.clear();
  for (Tensor& result : results) result = release(result);
  return results;
}

Tensor Derivative::release(const Tensor& tensor) const {
  if (!tensor.requires_grad() || tensor.is_leaf()) return tensor;
  const TensorImpl& impl = *tensor.impl();
  const std::shared_ptr<Trace>& trace = impl.trace ? impl.trace : impl.history;
  mlir::Value value = impl.trace ? impl.value : impl.history_value;
  bool tracked = trace != nullptr && Tracking(*trace, variables_)(value);
  return tracked ? tensor : tensor.detach();
}

}  // namespace etch::frontend
