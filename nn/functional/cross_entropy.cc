// Cross entropy through log-softmax and a comparison of class numbers with the target: rows of the
// logits are read once, and nothing is gathered or scattered, neither forward nor backward.
#include <limits>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/loss.h"

namespace etch::nn::functional {
namespace {

void check(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options,
           const frontend::Site& site) {
  Shape rows = logits.shape();
  bool fits = rows.rank() == target.dim() + 1 && (rows.rank() == 1 || rows.rank() == 2) &&
              (target.dim() == 0 || rows[0] == target.size(0));
  if (!fits)
    frontend::fail(site, "logits " + logits.shape().to_string() + " and target " +
                             target.shape().to_string() +
                             " do not fit; they are [n, classes] and [n], or [classes] and []");
  if (!is_floating(logits.dtype()))
    frontend::fail(site, "logits are " + std::string(dtype_name(logits.dtype())) +
                             ", which is no floating dtype");
  if (target.dtype() != i64 && target.dtype() != i32)
    frontend::fail(site, "target holds class numbers, i32 or i64; it is " +
                             std::string(dtype_name(target.dtype())));
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    frontend::fail(
        site, "label_smoothing " + std::to_string(options.label_smoothing) + " is not in [0, 1]");
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options,
                     Loc loc) {
  check(logits, target, options, {"cross_entropy", loc});
  frontend::LocScope line(loc);
  if (logits.dim() == 1) {
    Tensor loss =
        cross_entropy(reshape(logits, {1, logits.size(0)}), reshape(target, {1}), options);
    return options.reduction == Reduction::kNone ? reshape(loss, {}) : loss;
  }
  int64_t n = logits.size(0), classes = logits.size(1);
  DType dtype = logits.dtype();
  Tensor log_p = etch::log_softmax(logits, 1);

  // -log p of the target's class: one term a row survives the comparison.
  Tensor numbers = reshape(arange(classes, target.dtype()), {1, classes});
  Tensor is_target = eq(numbers, reshape(target, {n, 1}));
  Tensor loss = neg(sum(where(is_target, log_p, 0.0), {1}));
  if (double s = options.label_smoothing; s > 0)
    loss = (1.0 - s) * loss - (s / static_cast<double>(classes)) * sum(log_p, {1});

  auto number = [&](int64_t value) { return full({}, static_cast<double>(value), target.dtype()); };
  Tensor counts = ne(target, number(options.ignore_index));
  Tensor in_range = logical_and(ge(target, number(0)), lt(target, number(classes)));
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  loss = where(counts, where(in_range, loss, kNaN), 0.0);
  if (options.reduction == Reduction::kNone) return loss;
  Tensor total = sum(loss, {});
  if (options.reduction == Reduction::kSum) return total;
  return div(total, sum(cast(counts, dtype), {}));
}

}  // namespace etch::nn::functional
