// Attention as functions.
#ifndef ETCH_NN_FUNCTIONAL_ATTENTION_H_
#define ETCH_NN_FUNCTIONAL_ATTENTION_H_

#include <cstdint>
#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch::nn::functional {

using Loc = std::source_location;

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

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_ATTENTION_H_
