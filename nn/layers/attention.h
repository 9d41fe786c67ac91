// Attention as modules.
#ifndef ETCH_NN_LAYERS_ATTENTION_H_
#define ETCH_NN_LAYERS_ATTENTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "etch/nn/child.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/module.h"

namespace etch::nn {

struct CausalSelfAttentionOptions {
  int64_t embed_dim = 0;
  int64_t num_heads = 1;  // divides embed_dim
  double dropout = 0;     // of the attention weights
  bool bias = true;
};

// Multi-head self-attention in which position t sees positions 0..t. x [..., t, embed_dim], result
// alike. One projection `qkv` gives queries, keys and values, `proj` joins the heads.
class CausalSelfAttention : public LibraryModule {
 public:
  using Options = CausalSelfAttentionOptions;
  explicit CausalSelfAttention(Options options);

  Tensor forward(const Tensor& x);
  const Options& options() const { return options_; }

 private:
  Options options_;
  RandomState random_{this};

 public:
  Child<Linear> qkv;
  Child<Linear> proj;
};

struct MultiheadAttentionOptions {
  int64_t embed_dim = 0;
  int64_t num_heads = 1;  // divides embed_dim
  double dropout = 0;     // of the attention weights, in training
  bool bias = true;
  std::optional<int64_t> kdim = std::nullopt;  // features of keys and values where they differ
  std::optional<int64_t> vdim = std::nullopt;
  bool batch_first = false;
};

// What a call of MultiheadAttention takes beside query, key and value. Masks are boolean, true
// where a key is NOT seen, or floating and added to the scores; a query that sees nothing gives
// NaN.
struct AttentionCall {
  std::optional<Tensor> key_padding_mask = std::nullopt;  // [n, s], or [s] without batch
  bool need_weights = true;
  std::optional<Tensor> attn_mask = std::nullopt;  // [t, s] or [n * num_heads, t, s]
  bool average_attn_weights = true;                // over the heads
  template <typename Visitor>
  void fields(Visitor&& visit) {
    visit(key_padding_mask, need_weights, attn_mask, average_attn_weights);
  }
};

struct AttentionOutput {
  Tensor output;                  // as query
  std::optional<Tensor> weights;  // [n, t, s] averaged, else [n, num_heads, t, s]; on demand
  template <typename Visitor>
  void fields(Visitor&& visit) {
    visit(output, weights);
  }
};

namespace detail {
// PyTorch's name for the projection of the joined heads.
class OutputProjection : public Linear {
 public:
  using Linear::Linear;
  std::string type_name() const override { return "NonDynamicallyQuantizableLinear"; }
};
}  // namespace detail

// softmax(q k^T / sqrt(d)) v by heads, of projections of query, key and value, and a projection of
// the joined heads.
//
// Shapes: query [t, n, embed_dim], key [s, n, kdim], value [s, n, vdim]; with batch_first n comes
// first; or all without n. Throws etch::Error when shapes do not fit.
// Initially as in PyTorch: Xavier-uniform input projections, biases 0.
// Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
class MultiheadAttention : public LibraryModule {
 public:
  using Options = MultiheadAttentionOptions;
  explicit MultiheadAttention(Options options);

  AttentionOutput forward(const Tensor& query, const Tensor& key, const Tensor& value,
                          const AttentionCall& call = {});
  void reset_parameters();
  const Options& options() const { return options_; }

 private:
  std::vector<Tensor> project(const Tensor& query, const Tensor& key, const Tensor& value) const;
  std::optional<Tensor> joined_mask(const AttentionCall& call, const Tensor& query,
                                    const Tensor& key) const;

  Options options_;
  RandomState random_{this};

 public:
  Parameter in_proj_weight;  // [3 * embed_dim, embed_dim] where kdim and vdim are embed_dim, else
  Parameter q_proj_weight;   // [embed_dim, embed_dim]
  Parameter k_proj_weight;   // [embed_dim, kdim]
  Parameter v_proj_weight;   // [embed_dim, vdim]
  Parameter in_proj_bias;    // [3 * embed_dim], undefined without one
  Child<detail::OutputProjection> out_proj;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_ATTENTION_H_
