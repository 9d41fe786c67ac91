// Layers and losses as functions, with PyTorch's names and defaults. Each is a composition of the
// ops of frontend/ops, so that it differentiates and fuses with what surrounds it.
#ifndef ETCH_NN_FUNCTIONAL_H_
#define ETCH_NN_FUNCTIONAL_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn {

// How a loss gathers its elements.
enum class Reduction : uint8_t { kNone, kMean, kSum };

namespace functional {

using Loc = std::source_location;

Tensor relu(const Tensor& x, Loc loc = Loc::current());
// x * Phi(x); `tanh_approximation` as GPT-2 has it. See etch::gelu.
Tensor gelu(const Tensor& x, bool tanh_approximation = false, Loc loc = Loc::current());
Tensor softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());

// x [..., in] times weight [out, in] transposed, plus bias [out]; result [..., out].
Tensor linear(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, Loc loc = Loc::current());

// Rows of `weight` [rows, n] at `indices` (i32 or i64, any shape); result [indices..., n].
Tensor embedding(const Tensor& indices, const Tensor& weight, Loc loc = Loc::current());

// In training, zeroes elements with probability `p` and scales the rest by 1 / (1 - p), drawing
// from `state` (an nn::RandomState's) or, when empty, from the thread's default generator.
// Otherwise x itself. Throws etch::Error unless 0 <= p <= 1.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
               const std::optional<Tensor>& state = std::nullopt, Loc loc = Loc::current());

// Over the last dimensions, which must be `normalized_shape`; see etch::layer_norm.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape,
                  const std::optional<Tensor>& weight = std::nullopt,
                  const std::optional<Tensor>& bias = std::nullopt, double epsilon = 1e-5,
                  Loc loc = Loc::current());

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

struct AttentionOptions {
  bool causal = false;  // position i sees keys 0..i
  double dropout = 0;   // of the weights, where it applies: pass 0 in eval mode
  std::optional<Tensor> random_state = std::nullopt;  // for dropout
  std::optional<double> scale = std::nullopt;         // default: 1 / sqrt(d)
};
// softmax(query key^T * scale) value.
// Shapes: query [..., t, d], key [..., s, d], value [..., s, dv]; result [..., t, dv]; causal
// attention wants t == s. Throws etch::Error when a shape differs.
// Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options = {}, Loc loc = Loc::current());

}  // namespace functional
}  // namespace etch::nn

#endif  // ETCH_NN_FUNCTIONAL_H_
