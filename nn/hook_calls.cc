#include "etch/nn/hook_calls.h"

#include <utility>

#include "etch/frontend/node.h"
#include "etch/frontend/ops/boundary.h"
#include "etch/frontend/tap.h"
#include "etch/nn/registry.h"

namespace etch::nn::detail {

std::vector<HookRef> hooks_of(const Module& module) {
  std::vector<HookRef> hooks;
  for (const auto& list : {global_hooks().shared_from_this(), ModuleAccess::registry(module).hooks})
    for (const HookList::Entry& entry : *list->entries()) hooks.emplace_back(list, entry);
  return hooks;
}

void record_module_tap(Module& module, const HookRef& hook, const char* suffix,
                       const std::vector<std::vector<Tensor>>& lists, TapCall call) {
  std::vector<Tensor> values;
  std::vector<std::vector<bool>> defined;  // of each list
  for (const std::vector<Tensor>& list : lists) {
    std::vector<bool>& flags = defined.emplace_back();
    for (const Tensor& tensor : list) {
      flags.push_back(tensor.defined());
      if (tensor.defined()) values.push_back(tensor);
    }
  }
  auto deliver = [owner = module.weak_from_this(), hook, call,
                  defined](std::span<const TensorView> views) {
    std::shared_ptr<Module> module = owner.lock();
    if (!module || !hook.is_registered()) return;
    std::vector<TapViews> lists;
    size_t next = 0;
    for (const std::vector<bool>& flags : defined) {
      TapViews& list = lists.emplace_back();
      for (bool is_defined : flags) list.push_back(is_defined ? views[next++] : TensorView());
    }
    call(*hook, *module, lists);
  };
  frontend::record_tap(module.path() + suffix, std::move(values), std::move(deliver));
}

BackwardCall::BackwardCall(Module& module, std::vector<HookRef> hooks)
    : module_(module.weak_from_this()), hooks_(std::move(hooks)) {}

std::shared_ptr<BackwardCall> BackwardCall::begin(Module& module, std::vector<HookRef> hooks,
                                                  Inputs& inputs) {
  std::erase_if(hooks, [](const HookRef& hook) {
    return !hook->backward && !hook->backward_tap && !hook->backward_pre && !hook->backward_pre_tap;
  });
  if (hooks.empty() || !is_grad_enabled()) return nullptr;
  std::shared_ptr<BackwardCall> call(new BackwardCall(module, std::move(hooks)));
  call->inputs_ = pass(inputs);
  if (call->inputs_.tracked.empty()) return call;
  inputs[call->inputs_.tracked[0]].grad_fn().register_hook(
      [call](Gradients grad_inputs, Gradients) {
        call->inputs_known(grad_inputs);
        return grad_inputs;
      });
  return call;
}

void BackwardCall::end(Outputs& outputs) {
  outputs_ = pass(outputs);
  if (outputs_.tracked.empty()) return;
  outputs[outputs_.tracked[0]].grad_fn().register_prehook(
      [call = shared_from_this()](Gradients grad_outputs) {
        call->outputs_known(grad_outputs);
        return grad_outputs;
      });
}

BackwardCall::Passage BackwardCall::pass(std::vector<Tensor>& tensors) {
  Passage passage{tensors.size(), {}};
  std::vector<Tensor> tracked;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].requires_grad()) continue;
    passage.tracked.push_back(i);
    tracked.push_back(tensors[i]);
  }
  if (tracked.empty()) return passage;
  tracked = frontend::record_boundary(tracked, {});
  for (size_t k = 0; k < tracked.size(); ++k) tensors[passage.tracked[k]] = tracked[k];
  return passage;
}

// One entry for each tensor that passed.
Gradients BackwardCall::spread(const Passage& passage, const Gradients& gradients) {
  Gradients all(passage.size);
  for (size_t k = 0; k < gradients.size(); ++k) all[passage.tracked[k]] = gradients[k];
  return all;
}

void BackwardCall::gather(const Passage& passage, const Gradients& all, Gradients& gradients) {
  for (size_t k = 0; k < gradients.size(); ++k) gradients[k] = all[passage.tracked[k]];
}

void BackwardCall::outputs_known(Gradients& gradients) {
  std::shared_ptr<Module> module = module_.lock();
  if (!module) return;
  Gradients all = spread(outputs_, gradients);
  for (const HookRef& hook : hooks_) {
    if (!hook.is_registered()) continue;
    if (hook->backward_pre) hook->backward_pre(*module, all);
    if (hook->backward_pre_tap) {
      record_module_tap(*module, hook, ".grad_output", {all},
                        [](const Hook& tap, Module& module, std::span<const TapViews> views) {
                          tap.backward_pre_tap(module, views[0]);
                        });
    }
  }
  gather(outputs_, all, gradients);
  grad_outputs_ = std::move(all);
  if (!inputs_.tracked.empty()) return;

  Gradients none(inputs_.size);
  run_hooks(none);
  for (const Tensor& gradient : none) {
    if (gradient.defined())
      throw Error(frontend::ModuleScope::current_path() + ": " + module->type_name() +
                  ": Backward hook for Modules where no input requires gradient should always "
                  "return None or None for all gradients.");
  }
}

void BackwardCall::inputs_known(Gradients& gradients) {
  if (!grad_outputs_) return;  // no gradient came by the outputs
  Gradients all = spread(inputs_, gradients);
  run_hooks(all);
  gather(inputs_, all, gradients);
}

void BackwardCall::run_hooks(Gradients& grad_inputs) {
  Gradients grad_outputs = *std::exchange(grad_outputs_, std::nullopt);
  std::shared_ptr<Module> module = module_.lock();
  if (!module) return;
  for (const HookRef& hook : hooks_) {
    if (!hook.is_registered()) continue;
    if (hook->backward) hook->backward(*module, grad_inputs, grad_outputs);
    if (hook->backward_tap) {
      record_module_tap(*module, hook, ".grad", {grad_inputs, grad_outputs},
                        [](const Hook& tap, Module& module, std::span<const TapViews> views) {
                          tap.backward_tap(module, views[0], views[1]);
                        });
    }
  }
}

}  // namespace etch::nn::detail
