// Cross entropy goes through log-softmax and a comparison of class numbers with the target: rows of
// the logits are read once, and nothing is gathered or scattered, neither forward nor backward.
#include "etch/nn/functional/classification.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/activation.h"
#include "etch/nn/functional/common.h"

namespace etch::nn::functional {
namespace {

using detail::check_same_shape;
using detail::gathered;
using frontend::fail;
using frontend::LocScope;
using frontend::Site;

// The dimension of the classes.
int64_t class_dim(const Tensor& logits) { return logits.dim() == 1 ? 0 : 1; }

// What remains of `shape` without the classes.
Shape positions(const Tensor& logits) {
  std::vector<int64_t> extents = logits.shape().extents();
  extents.erase(extents.begin() + class_dim(logits));
  return Shape(extents);
}

void check_logits(const Tensor& logits, const std::optional<Tensor>& weight, const Site& site) {
  if (logits.dim() == 0 || !is_floating(logits.dtype()))
    fail(site, "wants a floating input with a dimension of classes, not " +
                   std::string(dtype_name(logits.dtype())) + " " + logits.shape().to_string());
  int64_t classes = logits.size(class_dim(logits));
  if (weight && weight->shape() != Shape{classes})
    fail(site, "weight " + weight->shape().to_string() + " is not one for each of " +
                   std::to_string(classes) + " classes");
}

void check_classes(const Tensor& logits, const Tensor& target, const Site& site) {
  if (target.shape() != positions(logits))
    fail(site, "input " + logits.shape().to_string() + " and target " + target.shape().to_string() +
                   " do not fit; they are [n, classes, ...] and [n, ...], or [classes] and []");
  if (target.dtype() != i64 && target.dtype() != i32)
    fail(site, "target holds class numbers, i32 or i64; it is " +
                   std::string(dtype_name(target.dtype())));
}

// One number a class, beside logits.
Tensor along_classes(const Tensor& values, const Tensor& logits) {
  Shape shape(std::vector<int64_t>(static_cast<size_t>(logits.dim()), 1));
  shape[class_dim(logits)] = values.numel();
  return reshape(values, shape);
}

// -sum over c of distribution[c] * log p[c], where the distribution is a class, smoothed by `s`.
Tensor loss_of_classes(const Tensor& log_p, const Tensor& target,
                       const CrossEntropyOptions& options) {
  int64_t dim = class_dim(log_p), classes = log_p.size(dim);
  double s = options.label_smoothing;
  auto number = [&](int64_t value) { return full({}, static_cast<double>(value), target.dtype()); };

  std::optional<Tensor> weight;
  if (options.weight) weight = along_classes(*options.weight, log_p);
  Tensor weighted = weight ? log_p * *weight : log_p;
  // One term a position survives the comparison.
  Tensor is_target =
      along_classes(arange(classes, target.dtype()), log_p) == unsqueeze(target, dim);
  Tensor loss = neg(sum(where(is_target, weighted, 0.0), {dim}));
  if (s > 0) loss = (1.0 - s) * loss - (s / static_cast<double>(classes)) * sum(weighted, {dim});

  Tensor counts = ne(target, number(options.ignore_index));
  Tensor in_range = logical_and(ge(target, number(0)), lt(target, number(classes)));
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  loss = where(counts, where(in_range, loss, kNaN), 0.0);
  if (options.reduction != Reduction::kMean) return gathered(loss, options.reduction);
  Tensor total = cast(counts, log_p.dtype());
  if (weight) total = total * sum(where(is_target, *weight, 0.0), {dim});
  return sum(loss) / sum(total);
}

Tensor loss_of_distributions(const Tensor& log_p, const Tensor& target,
                             const CrossEntropyOptions& options) {
  int64_t dim = class_dim(log_p);
  double s = options.label_smoothing;
  Tensor wanted = target;
  if (s > 0) wanted = target * (1.0 - s) + s / static_cast<double>(log_p.size(dim));
  if (options.weight) wanted = wanted * along_classes(*options.weight, log_p);
  return gathered(neg(sum(log_p * wanted, {dim})), options.reduction);
}

// log(p), at least -100 and with derivative 0 there.
Tensor bounded_log(const Tensor& p) {
  Tensor value = log(where(p > 0.0, p, 1.0));
  Tensor low = detail::constant(p, -100);
  return where(p > 0.0, where(value < -100.0, low, value), where(p <= 0.0, low, p));
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options,
                     Loc loc) {
  Site site{"cross_entropy", loc};
  check_logits(logits, options.weight, site);
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    fail(site, "label_smoothing " + absl::StrCat(options.label_smoothing) + " is not in [0, 1]");
  bool is_distribution = target.shape() == logits.shape() && is_floating(target.dtype());
  if (!is_distribution) check_classes(logits, target, site);
  LocScope line(loc);
  Tensor log_p = etch::log_softmax(logits, class_dim(logits));
  return is_distribution ? loss_of_distributions(log_p, target, options)
                         : loss_of_classes(log_p, target, options);
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target,
                const NLLLossOptions& options, Loc loc) {
  Site site{"nll_loss", loc};
  check_logits(log_probabilities, options.weight, site);
  check_classes(log_probabilities, target, site);
  LocScope line(loc);
  return loss_of_classes(log_probabilities, target,
                         {.weight = options.weight,
                          .ignore_index = options.ignore_index,
                          .reduction = options.reduction});
}

Tensor binary_cross_entropy(const Tensor& p, const Tensor& target, const BCELossOptions& options,
                            Loc loc) {
  check_same_shape("binary_cross_entropy", p, target, loc);
  LocScope line(loc);
  Tensor loss = (target - 1.0) * bounded_log(1.0 - p) - target * bounded_log(p);
  if (options.weight) loss = loss * *options.weight;
  return gathered(loss, options.reduction);
}

// With l = log(s): log(1 - s) = l - x, so that the loss is
// (1 - target) * x - (1 + (pos_weight - 1) * target) * l.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options, Loc loc) {
  check_same_shape("binary_cross_entropy_with_logits", logits, target, loc);
  LocScope line(loc);
  Tensor log_s = logsigmoid(logits);
  if (options.pos_weight) log_s = log_s * ((*options.pos_weight - 1.0) * target + 1.0);
  Tensor loss = (1.0 - target) * logits - log_s;
  if (options.weight) loss = loss * *options.weight;
  return gathered(loss, options.reduction);
}

}  // namespace etch::nn::functional
