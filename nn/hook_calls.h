// How a call of a module calls its hooks. Used by the .cc files of nn only.
#ifndef ETCH_NN_HOOK_CALLS_H_
#define ETCH_NN_HOOK_CALLS_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "etch/nn/module.h"

namespace etch::nn::detail {

// A hook that applies to a call, and the list that it may be removed from meanwhile.
class HookRef {
 public:
  HookRef(std::shared_ptr<HookList> list, const HookList::Entry& entry)
      : list_(std::move(list)), id_(entry.id), hook_(std::make_shared<const Hook>(entry.hook)) {}
  const Hook* operator->() const { return hook_.get(); }
  const Hook& operator*() const { return *hook_; }
  bool is_registered() const { return list_->contains(id_); }

 private:
  std::shared_ptr<HookList> list_;
  uint64_t id_;
  std::shared_ptr<const Hook> hook_;
};

// Those of all modules first.
std::vector<HookRef> hooks_of(const Module& module);

// Has the values of `lists` delivered to a tap once they are computed, unless the hook was removed
// or its module destroyed in the meantime. An undefined tensor comes as a view without data.
using TapViews = std::vector<TensorView>;
using TapCall = void (*)(const Hook& tap, Module& module, std::span<const TapViews> lists);
void record_module_tap(Module& module, const HookRef& hook, const char* suffix,
                       const std::vector<std::vector<Tensor>>& lists, TapCall call);

// The backward of one call: inputs and outputs pass a place of their own in the graph, where hooks
// see the gradients of this call alone.
class BackwardCall : public std::enable_shared_from_this<BackwardCall> {
 public:
  // Null when `hooks` has none for backward, or nothing is tracked. Replaces `inputs` that require
  // grad.
  static std::shared_ptr<BackwardCall> begin(Module& module, std::vector<HookRef> hooks,
                                             Inputs& inputs);
  // Replaces `outputs` that require grad.
  void end(Outputs& outputs);

 private:
  // Which of the tensors that pass take part.
  struct Passage {
    size_t size = 0;
    std::vector<size_t> tracked;
  };

  BackwardCall(Module& module, std::vector<HookRef> hooks);
  static Passage pass(std::vector<Tensor>& tensors);
  static Gradients spread(const Passage& passage, const Gradients& gradients);
  static void gather(const Passage& passage, const Gradients& all, Gradients& gradients);
  void outputs_known(Gradients& gradients);
  void inputs_known(Gradients& gradients);
  void run_hooks(Gradients& grad_inputs);

  std::weak_ptr<Module> module_;
  std::vector<HookRef> hooks_;
  Passage inputs_, outputs_;
  std::optional<Gradients> grad_outputs_;  // until the hooks have run
};

}  // namespace etch::nn::detail

#endif  // ETCH_NN_HOOK_CALLS_H_
