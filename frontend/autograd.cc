#include "etch/frontend/autograd.h"

#include "absl/strings/str_cat.h"
#include "etch/frontend/backward.h"
#include "etch/frontend/ops/creation.h"
#include "etch/frontend/record.h"
#include "etch/frontend/state.h"
#include "etch/ir/dialect.h"

namespace etch {

using frontend::BackwardPass;
using frontend::Site;
using frontend::TensorImpl;
using frontend::TensorPtr;
using frontend::Trace;

namespace {

const TensorPtr& require(const Site& site, const Tensor& tensor) {
  if (!tensor.defined()) frontend::fail(site, "the tensor is empty");
  return tensor.impl();
}

}  // namespace

bool Tensor::requires_grad() const { return defined() && impl_->requires_grad; }
bool Tensor::is_leaf() const { return defined() && impl_->is_leaf; }

Tensor& Tensor::requires_grad_(bool value) {
  Site site{"requires_grad_", std::source_location()};
  TensorImpl& tensor = *require(site, *this);
  if (tensor.requires_grad == value) return *this;
  if (!tensor.is_leaf) {
    frontend::fail(site,
                   "you can only change requires_grad flags of leaf variables. If you want to "
                   "use a computed variable in a subgraph that doesn't require "
                   "differentiation use var_no_grad = var.detach().");
  }
  if (value && !is_floating(tensor.dtype)) {
    frontend::fail(site, absl::StrCat("only Tensors of floating point dtype can require gradients, "
                                      "not ",
                                      frontend::describe(tensor)));
  }
  tensor.requires_grad = value;
  if (value && (tensor.trace != nullptr || Trace::in_explicit() || Trace::pending() != nullptr)) {
    Trace::current()->make_leaf(impl_, site);
  }
  frontend::structure_changed();
  return *this;
}

void Tensor::retain_grad() const {
  Site site{"retain_grad", std::source_location()};
  TensorImpl& tensor = *require(site, *this);
  if (!tensor.requires_grad) {
    frontend::fail(site, "can't retain_grad on Tensor that has requires_grad=False");
  }
  if (tensor.is_leaf || tensor.retains_grad) return;
  tensor.retains_grad = true;
  if (tensor.history != nullptr) {
    tensor.history->leaves().push_back({impl_, tensor.history_value});
  } else {
    std::shared_ptr<Trace> trace = Trace::current();
    trace->leaves().push_back({impl_, trace->read(impl_, site)});
  }
}

bool Tensor::retains_grad() const { return defined() && impl_->retains_grad; }

Tensor Tensor::detach() const {
  Site site{"detach", std::source_location()};
  return frontend::record<ir::DetachOp>(site, {Tensor(require(site, *this))});
}

Tensor Tensor::grad() const {
  Site site{"grad", std::source_location()};
  const TensorPtr& tensor = require(site, *this);
  if (!Trace::in_explicit() && Trace::pending() == nullptr) return Tensor(tensor->grad);
  return Tensor(Trace::current()->grad(tensor, site));
}

void Tensor::set_grad(const Tensor& grad) {
  Site site{"set_grad", std::source_location()};
  const TensorPtr& tensor = require(site, *this);
  if (grad.defined() && (grad.dtype() != tensor->dtype || grad.shape() != tensor->shape)) {
    frontend::fail(site, absl::StrCat(frontend::describe(*tensor), " is ",
                                      frontend::describe_type(tensor->dtype, tensor->shape),
                                      ", the gradient is ",
                                      frontend::describe_type(grad.dtype(), grad.shape())));
  }
  Trace::current()->set_grad(tensor, grad.impl(), site);
}

void Tensor::backward(std::optional<Tensor> v, std::source_location loc) const {
  backward(std::move(v), BackwardOptions(), loc);
}

void Tensor::backward(std::optional<Tensor> v, const BackwardOptions& options,
                      std::source_location loc) const {
  std::vector<Tensor> grad_outputs;
  if (v) grad_outputs.push_back(*v);
  autograd::backward({*this}, grad_outputs, options, loc);
}

namespace autograd {
namespace {

void add_outputs(BackwardPass& pass, const Site& site, const std::vector<Tensor>& outputs,
                 const std::vector<Tensor>& cotangents) {
  if (!cotangents.empty() && cotangents.size() != outputs.size()) {
    frontend::fail(site, absl::StrCat("got ", outputs.size(), " outputs and ", cotangents.size(),
                                      " cotangents"));
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    pass.add_output(require(site, outputs[i]), cotangents.empty() ? nullptr : cotangents[i].impl(),
                    i);
  }
}

void add_inputs(BackwardPass& pass, const Site& site, const std::vector<Tensor>& inputs) {
  for (const Tensor& input : inputs) {
    if (!require(site, input)->requires_grad) {
      frontend::fail(site, "One of the differentiated Tensors does not require grad");
    }
    pass.add_input(input.impl());
  }
}

}  // namespace

void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& grad_outputs,
              const BackwardOptions& options, std::source_location loc) {
  Site site{"backward", loc};
  BackwardPass pass(Trace::current(), site,
                    {.retain_graph = options.retain_graph,
                     .create_graph = options.create_graph,
                     .accumulate = true});
  add_inputs(pass, site, options.inputs);
  add_outputs(pass, site, outputs, grad_outputs);
  pass.run();
}

std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                         const GradOptions& options, std::source_location loc) {
  Site site{"grad", loc};
  if (inputs.empty()) return {};
  std::shared_ptr<Trace> trace = Trace::current();
  BackwardPass pass(trace, site,
                    {.retain_graph = options.retain_graph, .create_graph = options.create_graph});
  add_inputs(pass, site, inputs);
  add_outputs(pass, site, outputs, options.grad_outputs);
  BackwardPass::Gradients gradients = pass.run();
  std::vector<Tensor> results;
  for (const Tensor& input : inputs) {
    auto it = gradients.find(input.impl().get());
    bool used = it != gradients.end() && it->second.second;
    if (!used && !options.allow_unused && !options.materialize_grads) {
      frontend::fail(site, absl::StrCat("One of the differentiated Tensors (input ", results.size(),
                                        ", ", frontend::describe(*input.impl()),
                                        ") appears to not have been used in the graph. Set "
                                        "allow_unused=True if this is the desired behavior."));
    }
    if (used) {
      results.emplace_back(trace->adopt(it->second.second, options.create_graph));
    } else {
      results.push_back(options.materialize_grads ? zeros_like(input) : Tensor());
    }
  }
  return results;
}

}  // namespace autograd
}  // namespace etch
