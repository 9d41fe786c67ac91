// Attention, as one kernel that keeps no matrix of scores.
#ifndef ETCH_FRONTEND_OPS_ATTENTION_H_
#define ETCH_FRONTEND_OPS_ATTENTION_H_

#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

struct AttentionScores {
  // Broadcasts to [..., t, s]. Boolean: true where a query sees a key; floating: added to the
  // scores.
  std::optional<Tensor> mask = std::nullopt;
  bool causal = false;                         // position i sees keys 0..i
  std::optional<double> scale = std::nullopt;  // default: 1 / sqrt(d)
};

// softmax(query key^T * scale + mask) value. A query that sees no key gives NaN.
//
// Shapes: query [..., t, d], key [..., s, d], value [..., s, dv]; result [..., t, dv]. Leading
// dimensions broadcast; causal attention wants t == s, and s is 1 or more. Dtypes: floating,
// promoted to a common one; f16 and bf16 are computed with in f32.
// Throws etch::Error when shapes do not fit or a dtype is not floating.
// Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762; without the matrix
// of scores: Dao et al., "FlashAttention", 2022, arXiv:2205.14135.
Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value,
                 const AttentionScores& options = {}, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_ATTENTION_H_
