// Losses of classes: one of several (cross_entropy, nll_loss) or yes and no
// (binary_cross_entropy).
#ifndef ETCH_NN_FUNCTIONAL_CLASSIFICATION_H_
#define ETCH_NN_FUNCTIONAL_CLASSIFICATION_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"
#include "etch/nn/functional/reduction.h"

namespace etch::nn::functional {

using Loc = std::source_location;

struct CrossEntropyOptions {
  // One weight a class, [classes]; none counts as 1.
  std::optional<Tensor> weight = std::nullopt;
  // Positions of this target class count for nothing, also not in the mean.
  int64_t ignore_index = -100;
  Reduction reduction = Reduction::kMean;
  // The target distribution is (1 - s) * target + s / classes.
  double label_smoothing = 0;
};
// Cross entropy in nats between softmax(logits) and classes or distributions over them.
//
//   loss[i] = weight[target[i]] * (logsumexp(logits[i, :]) - logits[i, target[i]])
//   loss[i] = sum over c of weight[c] * target[i, c] * (logsumexp(logits[i, :]) - logits[i, c])
//
// Shapes: logits [n, classes, d1, d2, ...] and target [n, d1, d2, ...], or [classes] and [], with
// target i32 or i64; or target floating, of the shape of logits (ignore_index does not apply).
// Result: the shape of a target of classes (kNone) or a scalar. kMean divides by the sum of the
// weights of the targets that are not ignored (NaN when there are none); by the number of positions
// for distributions. A class outside [0, classes) other than ignore_index gives NaN.
// Throws etch::Error when a shape or dtype differs from the above.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options = {}, Loc loc = Loc::current());

struct NLLLossOptions {
  std::optional<Tensor> weight = std::nullopt;  // as for cross_entropy
  int64_t ignore_index = -100;
  Reduction reduction = Reduction::kMean;
};
// Negative log-likelihood of classes: cross_entropy of what log_softmax gives already.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target,
                const NLLLossOptions& options = {}, Loc loc = Loc::current());

struct BCELossOptions {
  // Weights of the elements; broadcasts to the input.
  std::optional<Tensor> weight = std::nullopt;
  Reduction reduction = Reduction::kMean;
};
// -weight * (target * log(p) + (1 - target) * log(1 - p)), the logarithms being at least -100;
// where they are bounded the gradient is 0. Equal shapes. Prefer the form with logits, which is
// exact where a probability rounds to 0 or 1.
Tensor binary_cross_entropy(const Tensor& p, const Tensor& target,
                            const BCELossOptions& options = {}, Loc loc = Loc::current());

struct BCEWithLogitsLossOptions {
  std::optional<Tensor> weight = std::nullopt;  // as above
  Reduction reduction = Reduction::kMean;
  // Weights of the positive answers; broadcasts to the input.
  std::optional<Tensor> pos_weight = std::nullopt;
};
// -weight * (pos_weight * target * log(s) + (1 - target) * log(1 - s)) with s = sigmoid(logits).
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options = {},
                                        Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_CLASSIFICATION_H_
