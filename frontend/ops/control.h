// Choices by the values of tensors, made when the program runs.
#ifndef ETCH_FRONTEND_OPS_CONTROL_H_
#define ETCH_FRONTEND_OPS_CONTROL_H_

#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"

namespace etch {

using Loc = std::source_location;

// A boolean tensor of one element, with the line it was passed on.
class Predicate {
 public:
  Predicate(const Tensor& tensor, Loc loc = Loc::current()) : tensor_(tensor), loc_(loc) {}
  const Tensor& tensor() const { return tensor_; }
  Loc loc() const { return loc_; }

 private:
  Tensor tensor_;
  Loc loc_;
};

namespace frontend {
using BranchBody = std::function<std::vector<Tensor>()>;
std::vector<Tensor> record_cond(const Predicate& predicate, const BranchBody& then_body,
                                const BranchBody& else_body);
}  // namespace frontend

// What `then_fn` returns where `predicate` holds, else what `else_fn` returns.
//
//   Tensor y = etch::cond(sum(x) > 0, [&] { return expensive(x); }, [&] { return x; });
//
// The functions take no arguments, capture what they read, and return a tensor or a nest of tensors
// (tree.h), both of the same dtypes and shapes. Both are traced; the program computes the chosen
// one (or both, where that costs little). Gradients flow into what they capture. Within them state
// cells can be read but not written, which excludes random draws and backward(); autograd::grad may
// be called. Throws etch::Error when that is violated or what the two return differs in type.
template <typename Then, typename Else>
auto cond(const Predicate& predicate, Then&& then_fn, Else&& else_fn) {
  using Result = std::decay_t<std::invoke_result_t<Then&>>;
  static_assert(std::is_same_v<Result, std::decay_t<std::invoke_result_t<Else&>>>,
                "both branches of etch::cond must return the same type");
  Result result;
  std::vector<Tensor> tensors = frontend::record_cond(
      predicate,
      [&] {
        result = then_fn();
        return tree::tensors_of(result);
      },
      [&] {
        Result other = else_fn();
        return tree::tensors_of(other);
      });
  tree::replace_tensors(result, tensors);
  return result;
}

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CONTROL_H_
