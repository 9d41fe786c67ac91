// Losses as functions.
#ifndef ETCH_NN_FUNCTIONAL_LOSS_H_
#define ETCH_NN_FUNCTIONAL_LOSS_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn {

// How a loss gathers its elements.
enum class Reduction : uint8_t { kNone, kMean, kSum };

}  // namespace etch::nn

namespace etch::nn::functional {

using Loc = std::source_location;

struct CrossEntropyOptions {
  Reduction reduction = Reduction::kMean;
  // Rows of this target class count for nothing, also not in the mean.
  int64_t ignore_index = -100;
  // The target distribution is (1 - s) * one-hot + s / classes.
  double label_smoothing = 0;
};
// Cross entropy in nats between softmax(logits) and classes.
//
//   loss[i] = logsumexp(logits[i, :]) - logits[i, target[i]]
//
// Shapes: logits [n, classes] and target [n], or [classes] and []. Dtypes: logits floating, target
// i32 or i64. Result: [n] (kNone) or a scalar; kMean divides by the rows that are not ignored, and
// is NaN when there are none. A class outside [0, classes) other than ignore_index gives NaN.
// Throws etch::Error when a shape or dtype differs from the above.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options = {}, Loc loc = Loc::current());

// Mean (or sum, or each) of (x - target)^2; equal shapes, as broadcasting a target by accident
// is a well-known mistake. Throws etch::Error when they differ.
Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::kMean,
                Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_LOSS_H_
