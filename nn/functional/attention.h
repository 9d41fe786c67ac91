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
  // Broadcasts to [..., t, s]. Boolean: true where a query sees a key; floating, of any dtype:
  // added to the scores. A query that sees nothing gives NaN.
  std::optional<Tensor> attn_mask = std::nullopt;
  bool causal = false;  // position i sees keys 0..i
  double dropout = 0;   // of the weights, where it applies: pass 0 in eval mode
  std::optional<Tensor> random_state = std::nullopt;  // for dropout
  std::optional<double> scale = std::nullopt;         // default: 1 / sqrt(d)
};
// softmax(query key^T * scale) value.
// Shapes: query [..., t, d], key [..., s, d], value [..., s, dv]; result [..., t, dv], of the dtype
// that these promote to; causal attention wants t == s. Throws etch::Error when a shape differs.
// Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options = {}, Loc loc = Loc::current());

// The same with the weights [..., t, s] by which the values are averaged.
struct AttentionResult {
  Tensor output;
  Tensor weights;
  template <typename Visitor>
  void fields(Visitor&& visit) {
    visit(output, weights);
  }
};
AttentionResult attention_with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                       const AttentionOptions& options = {},
                                       Loc loc = Loc::current());

// Rotates pairs of features of x [..., t, d] by angles that grow with the position: pair i at
// position p by p / base^(2 i / d). The product of two such vectors depends on the distance of
// their positions alone.
struct RotaryOptions {
  double base = 10000;
  int64_t offset = 0;  // position of the first of the t rows
  // Pairs are (0, 1), (2, 3), ... as in the paper; otherwise (0, d/2), (1, d/2 + 1), ... as in
  // GPT-NeoX and Llama.
  bool interleaved = false;
};
// Throws etch::Error for an odd d.
// Source: Su et al., "RoFormer", 2021, arXiv:2104.09864.
Tensor rotary_embedding(const Tensor& x, const RotaryOptions& options = {},
                        Loc loc = Loc::current());

// Row p, column i: sin(p / 10000^(i / dim)) for even i, cos(p / 10000^((i - 1) / dim)) for odd i.
// Concrete, [length, dim]. Source: "Attention Is All You Need", section 3.5.
Tensor sinusoidal_positions(int64_t length, int64_t dim, DType dtype = f32);

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_ATTENTION_H_
