// What hooks of tensors, of graph nodes and of modules have in common: handles, order, kinds.
//
// A hook on Tensors is called while the program is recorded: what it computes becomes part of the
// program, what it returns replaces what it was given. A hook on TensorViews is a tap: it gets the
// computed values after each run. Several hooks of a kind are called in order of registration, each
// with what the earlier ones returned. A hook may add and remove hooks, which counts from the next
// call on.
#ifndef ETCH_FRONTEND_HOOKS_H_
#define ETCH_FRONTEND_HOOKS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/runtime/tensor_view.h"

namespace etch {

class Tensor;

struct HookOptions {
  // Before the hooks that are registered, rather than after them.
  bool prepend = false;
};

namespace frontend {

class HookListBase {
 public:
  virtual ~HookListBase() = default;
  virtual void remove(uint64_t id) = 0;
};

}  // namespace frontend

// What a registration returns. A handle that is destroyed leaves its hook in place.
class HookHandle {
 public:
  HookHandle() = default;
  HookHandle(std::weak_ptr<frontend::HookListBase> list, uint64_t id)
      : list_(std::move(list)), id_(id) {}
  // Takes the hook off: it is not called again. Does nothing the second time, or when what the
  // hook was registered on is gone.
  void remove();

 private:
  std::weak_ptr<frontend::HookListBase> list_;
  uint64_t id_ = 0;
};

namespace frontend {

uint64_t next_hook_id();
void structure_changed();  // state.h

// The hooks of one place, in the order in which they are called. Thread-safe.
template <typename Hook>
class HookList : public HookListBase, public std::enable_shared_from_this<HookList<Hook>> {
 public:
  struct Entry {
    uint64_t id;
    Hook hook;
  };
  using Entries = std::vector<Entry>;

  HookHandle add(Hook hook, const HookOptions& options) {
    uint64_t id = next_hook_id();
    change([&](Entries& entries) {
      entries.insert(options.prepend ? entries.begin() : entries.end(), {id, std::move(hook)});
    });
    return HookHandle(this->weak_from_this(), id);
  }
  void remove(uint64_t id) override {
    change([&](Entries& entries) {
      std::erase_if(entries, [&](const Entry& entry) { return entry.id == id; });
    });
  }

  // As they are now: a hook that is called may change the list.
  std::shared_ptr<const Entries> entries() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return entries_;
  }
  bool empty() const { return entries()->empty(); }
  bool contains(uint64_t id) const {
    for (const Entry& entry : *entries())
      if (entry.id == id) return true;
    return false;
  }
  // "[3, 7]": what a program that has called these hooks depends on.
  std::string ids() const {
    std::string text;
    for (const Entry& entry : *entries())
      text += (text.empty() ? "" : ", ") + std::to_string(entry.id);
    return "[" + text + "]";
  }

 private:
  template <typename Edit>
  void change(Edit&& edit) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      auto changed = std::make_shared<Entries>(*entries_);
      edit(*changed);
      entries_ = std::move(changed);
    }
    structure_changed();
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Entries> entries_ = std::make_shared<Entries>();
};

template <typename T>
std::vector<T> as_list(T tensor) {
  std::vector<T> list;
  list.push_back(std::move(tensor));
  return list;
}
template <typename T>
std::vector<T> as_list(std::vector<T> tensors) {
  return tensors;
}

// Calls `hook` and hands what it returns (nothing, a Tensor, a list, an optional of either) to
// `replace`, as a list.
template <typename Call, typename Replace>
void call_and_replace(Call&& call, Replace&& replace) {
  using Result = decltype(call());
  if constexpr (std::is_void_v<Result>) {
    call();
  } else if constexpr (requires(Result r) {
                         r.has_value();
                         *r;
                       }) {
    if (auto result = call()) replace(as_list(*std::move(result)));
  } else {
    replace(as_list(call()));
  }
}

// A lambda with `auto` parameters (or an overloaded call operator) could be of either kind.
template <typename F>
concept Generic = std::is_class_v<F> && !requires {
  &F::operator();
};

}  // namespace frontend

// A hook of a tensor, made from
//   [](etch::Tensor grad) { ... }       and what it returns (nothing, a Tensor, an optional Tensor)
//                                       replaces the gradient; or
//   [](etch::TensorView grad) { ... }   a tap on the gradient.
class TensorHook {
 public:
  template <typename F>
  requires(!std::is_same_v<std::decay_t<F>, TensorHook>) TensorHook(F fn) {
    static_assert(!frontend::Generic<F>,
                  "etch: this generic hook fits both kinds. Name its argument's type: etch::Tensor "
                  "makes it a part of the graph, etch::TensorView a tap that gets values.");
    if constexpr (!frontend::Generic<F>) set(std::move(fn));
  }

  // Replaces `grad`, a list of one, or leaves it; empty for a tap.
  std::function<void(std::vector<Tensor>& grad)> graph;
  std::function<void(TensorView grad)> tap;

 private:
  template <typename F>
  void set(F fn) {
    constexpr bool is_graph = std::is_invocable_v<F&, Tensor>;
    constexpr bool is_tap = std::is_invocable_v<F&, TensorView>;
    static_assert(is_graph != is_tap,
                  "etch: a hook of a tensor takes the gradient as etch::Tensor or, to get values "
                  "at run time, as etch::TensorView.");
    if constexpr (is_graph && !is_tap) {
      graph = [fn = std::move(fn)](auto& grad) mutable {
        frontend::call_and_replace([&] { return fn(grad[0]); },
                                   [&](auto replacement) { grad = std::move(replacement); });
      };
    } else if constexpr (is_tap && !is_graph) {
      static_assert(std::is_void_v<std::invoke_result_t<F&, TensorView>>,
                    "etch: a tap returns nothing; only a hook on etch::Tensor can replace the "
                    "gradient.");
      tap = std::move(fn);
    }
  }
};

}  // namespace etch

#endif  // ETCH_FRONTEND_HOOKS_H_
