// etch::compile: a function of tensors as one native program.
#ifndef ETCH_FRONTEND_COMPILE_H_
#define ETCH_FRONTEND_COMPILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/options.h"
#include "etch/frontend/state.h"
#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"
#include "etch/runtime/profile.h"

namespace etch {

namespace frontend {

// The programs of one compiled function, by what they were specialized for. Type-erased.
class CompiledFunction {
 public:
  explicit CompiledFunction(CompileOptions options);
  ~CompiledFunction();

  // The user's function on `arguments`; returns the tensors of its result and leaves in `skeleton`
  // a copy of the result without its tensors.
  using Body = std::function<std::vector<Tensor>(const std::vector<Tensor>& arguments,
                                                 std::shared_ptr<void>& skeleton)>;
  struct Result {
    std::vector<Tensor> tensors;
    std::shared_ptr<void> skeleton;
  };
  Result call(const std::vector<Tensor>& arguments, const std::string& fixed, const Body& body);

  std::string explain() const;
  std::vector<runtime::KernelProfile> profile() const;
  int64_t num_compilations() const;

 private:
  struct Entry;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The tensors of a function's arguments, and the rest of them as text.
class ArgumentVisitor : public tree::Visitor {
 public:
  void tensor(Tensor& tensor) override { tensors.push_back(tensor); }
  void fixed(std::string_view text) override { (fixed_text += text) += ';'; }
  std::vector<Tensor> tensors;
  std::string fixed_text;
};

}  // namespace frontend

// What etch::compile returns. Copies share their programs.
//
// Arguments and results are tensors and nests of them (tree.h). Tensors among the arguments are
// inputs of the program; their dtypes, shapes and requires_grad, and the values of all other
// arguments (numbers, strings, which optional is set), are what a program is specialized for: a
// call that differs in one of them traces and compiles again. So does a change of what the function
// has looked at: train/eval mode, hooks, the type or requires_grad of a state cell, whether a
// gradient was empty. explain() says which it was.
//
// State cells that the function reads or writes are inputs and outputs of the program, as are the
// gradients that backward() leaves; they hold the new values after each call. Other concrete
// tensors that it captures are bound when it is traced. Results do not require grad: call
// backward() inside. Within another compiled function a call is part of that one's program.
//
// Throws etch::Error for a misuse inside the function, and then leaves all cells and gradients as
// they were; also when compilation fails. Not to be called from two threads at a time.
template <typename Fn>
class Compiled {
 public:
  Compiled(Fn fn, CompileOptions options)
      : fn_(std::move(fn)),
        core_(std::make_shared<frontend::CompiledFunction>(std::move(options))) {}

  template <typename... Args>
  requires std::is_invocable_v<Fn&, std::decay_t<Args>...>
  auto operator()(Args&&... args) {
    using Result = std::invoke_result_t<Fn&, std::decay_t<Args>...>;
    std::tuple<std::decay_t<Args>...> all(std::forward<Args>(args)...);
    if (frontend::is_tracing()) return std::apply(fn_, std::move(all));

    frontend::ArgumentVisitor visitor;
    tree::visit(all, visitor);
    auto body = [&](const std::vector<Tensor>& arguments, std::shared_ptr<void>& skeleton) {
      auto traced = all;
      tree::replace_tensors(traced, arguments);
      if constexpr (std::is_void_v<Result>) {
        std::apply(fn_, std::move(traced));
        return std::vector<Tensor>();
      } else {
        auto result = std::make_shared<std::decay_t<Result>>(std::apply(fn_, std::move(traced)));
        std::vector<Tensor> tensors = tree::tensors_of(*result);
        tree::for_each_tensor(*result, [](Tensor& tensor) { tensor = Tensor(); });
        skeleton = std::move(result);
        return tensors;
      }
    };
    auto result = core_->call(visitor.tensors, visitor.fixed_text, body);
    if constexpr (!std::is_void_v<Result>) {
      auto value = *static_cast<std::decay_t<Result>*>(result.skeleton.get());
      tree::replace_tensors(value, result.tensors);
      return value;
    }
  }

  // What was compiled, why, how long each stage took, and what it takes to run.
  std::string explain() const { return core_->explain(); }
  // What the kernels of the program that ran last took in all its runs, the longest first; empty
  // unless CompileOptions::profile.
  std::vector<runtime::KernelProfile> profile() const { return core_->profile(); }
  // How many programs have been compiled. A call that traces again and finds an equal program
  // compiles nothing.
  int64_t num_compilations() const { return core_->num_compilations(); }

 private:
  Fn fn_;
  std::shared_ptr<frontend::CompiledFunction> core_;
};

// `fn` as a function that traces and compiles when it is called with something new.
template <typename Fn>
Compiled<std::decay_t<Fn>> compile(Fn&& fn, CompileOptions options = {}) {
  return Compiled<std::decay_t<Fn>>(std::forward<Fn>(fn), std::move(options));
}

}  // namespace etch

#endif  // ETCH_FRONTEND_COMPILE_H_
