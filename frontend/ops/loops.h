// Loops that run within the program: compiled once, whatever the number of their steps.
#ifndef ETCH_FRONTEND_OPS_LOOPS_H_
#define ETCH_FRONTEND_OPS_LOOPS_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include "etch/frontend/tensor.h"
#include "etch/frontend/tree.h"

namespace etch {

using Loc = std::source_location;

struct ScanOptions {
  // From the last row of xs to the first; row i of ys is still the one computed from row i of xs.
  bool reverse = false;
};

namespace frontend {

struct StepResult {
  std::vector<Tensor> carries;
  std::vector<Tensor> rows;
};
using ScanBody =
    std::function<StepResult(const std::vector<Tensor>& carries, const std::vector<Tensor>& rows)>;
// Without `length` the steps are as many as `xs` has rows. Returns the last carries, then the ys.
std::vector<Tensor> record_scan(Loc loc, const std::vector<Tensor>& carries,
                                const std::vector<Tensor>& xs, std::optional<int64_t> length,
                                const ScanOptions& options, const ScanBody& body);

using LoopBody = std::function<std::vector<Tensor>(const std::vector<Tensor>& carries)>;
std::vector<Tensor> record_while(Loc loc, const std::vector<Tensor>& carries,
                                 const LoopBody& condition, const LoopBody& body);

template <typename Call, typename Carry, typename Xs>
auto scan_trees(Loc loc, Carry& carry, Xs& xs, std::optional<int64_t> length,
                const ScanOptions& options, Call&& call) {
  using Result = std::decay_t<std::invoke_result_t<Call&, Carry, Xs>>;
  std::optional<Result> result;
  std::vector<Tensor> tensors = record_scan(
      loc, tree::tensors_of(carry), tree::tensors_of(xs), length, options,
      [&](const std::vector<Tensor>& carries, const std::vector<Tensor>& rows) -> StepResult {
        Carry step_carry = carry;
        tree::replace_tensors(step_carry, carries);
        Xs step_xs = xs;
        tree::replace_tensors(step_xs, rows);
        result.emplace(call(std::move(step_carry), std::move(step_xs)));
        if constexpr (std::is_same_v<Result, Carry>) {
          return {tree::tensors_of(*result), {}};
        } else {
          static_assert(std::is_same_v<std::decay_t<decltype(result->first)>, Carry>,
                        "a step of etch::scan must return the next carry, of the type of the "
                        "first one, or a pair of the carry and what to stack");
          return {tree::tensors_of(result->first), tree::tensors_of(result->second)};
        }
      });
  tree::replace_tensors(*result, tensors);
  return *std::move(result);
}

}  // namespace frontend

// Calls `fn` on a carry and each row of `xs` in turn:
//
//   auto [last, sums] = etch::scan(
//       [](Tensor sum, Tensor row) { return std::pair(sum + row, sum); }, etch::zeros({8}), x);
//
//   for (int64_t i = 0; i < length; ++i)
//     std::tie(carry, ys[i]) = fn(carry, xs[i]);         // what it means
//
// `carry` and `xs` are tensors or nests of tensors (tree.h). The steps run over the leading
// dimension of xs, which is of one extent in all of its tensors; `fn` gets rows without it and may
// capture whatever it reads. `fn` returns the next carry, of the types and shapes of the first one,
// or a pair of that and a nest, whose tensors come back stacked along a new leading dimension. The
// result is what `fn` returns: the last carry, or the pair of it and the ys. No step at all: the
// carry itself, and ys without rows.
//
// `fn` is traced once and its kernels are compiled once, however many steps there are. Gradients
// flow to carry, xs and what is captured; the backward runs each step's forward again from the
// carry that it began with, so that of the forward only the carries are kept. State cells can be
// read but not written in it, which excludes random draws: draw before and pass the numbers in xs.
// Throws etch::Error when that is violated, or where extents, types or shapes disagree.
template <typename Fn, typename Carry, typename Xs>
requires(!std::integral<Xs>) auto scan(Fn&& fn, Carry carry, Xs xs, const ScanOptions& options = {},
                                       Loc loc = Loc::current()) {
  return frontend::scan_trees(loc, carry, xs, std::nullopt, options,
                              [&](Carry c, Xs x) { return fn(std::move(c), std::move(x)); });
}

// The same for `length` steps that read no rows: `fn` takes the carry alone.
template <typename Fn, typename Carry, std::integral Length>
auto scan(Fn&& fn, Carry carry, Length length, const ScanOptions& options = {},
          Loc loc = Loc::current()) {
  std::optional<Tensor> none;
  return frontend::scan_trees(
      loc, carry, none, static_cast<int64_t>(length), options,
      [&](Carry c, const std::optional<Tensor>&) { return fn(std::move(c)); });
}

// Calls `body` on the carry as long as `condition` holds for it:
//
//   Tensor root = etch::while_loop([&](Tensor y) { return abs(y * y - x) > 1e-9; },
//                                  [&](Tensor y) { return (y + x / y) / 2; }, x);
//
// `condition` returns a tensor of one element, `body` a carry of the types and shapes of the first
// one; both are traced once and may capture whatever they read. No gradient flows through it, since
// the number of steps is not known beforehand: backward through the result is an error, unless what
// goes in is detached. What is said of scan about state and random draws holds here too.
template <typename Condition, typename Body, typename Carry>
Carry while_loop(Condition&& condition, Body&& body, Carry carry, Loc loc = Loc::current()) {
  auto with = [&](const std::vector<Tensor>& carries) {
    Carry step_carry = carry;
    tree::replace_tensors(step_carry, carries);
    return step_carry;
  };
  std::vector<Tensor> last = frontend::record_while(
      loc, tree::tensors_of(carry),
      [&](const std::vector<Tensor>& carries) {
        return std::vector<Tensor>{condition(with(carries))};
      },
      [&](const std::vector<Tensor>& carries) {
        Carry next = body(with(carries));
        return tree::tensors_of(next);
      });
  tree::replace_tensors(carry, last);
  return carry;
}

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_LOOPS_H_
