#ifndef ETCH_NN_LAYERS_ATTENTION_H_
#define ETCH_NN_LAYERS_ATTENTION_H_

#include <cstdint>

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

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_ATTENTION_H_
