// A GPT as users write one, with the attention spelled out in the block.
#ifndef ETCH_NN_MODELS_GPT_H_
#define ETCH_NN_MODELS_GPT_H_

#include <cstdint>

#include "etch/nn/child.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/embedding.h"
#include "etch/nn/layers/layer_norm.h"
#include "etch/nn/layers/linear.h"

namespace etch::nn::models {

struct GptOptions {
  int64_t vocab = 256;
  int64_t context = 128;  // longest sequence
  int64_t dim = 128;
  int64_t heads = 4;  // divides dim
  int64_t layers = 4;
  double dropout = 0;
};

// Pre-norm transformer block: x + attention(norm(x)), then x + mlp(norm(x)).
class GptBlock : public Module {
 public:
  using Options = GptOptions;
  explicit GptBlock(Options options);

  Tensor forward(Tensor x);  // [batch, t, dim]

 private:
  Tensor attend(const Tensor& x);
  int64_t heads_;

 public:
  Child<LayerNorm> ln_1, ln_2;
  Child<Linear> qkv, proj, fc, out;
  Child<Dropout> attn_drop, resid_drop;
};

// ids [batch, t] (i32 or i64, t <= context) to logits [batch, t, vocab].
// State: "wte.weight", "wpe.weight", "h.0.ln_1.weight", ..., "ln_f.bias", "head.weight".
// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
class Gpt : public Module {
 public:
  using Options = GptOptions;
  explicit Gpt(Options options);

  Tensor forward(Tensor ids);
  const Options& options() const { return options_; }
  // Matrices and embeddings normal with `std`; the rest stays as the layers make it.
  void init_weights(double std = 0.02);

 private:
  Options options_;

 public:
  Child<Embedding> wte, wpe;
  Child<Dropout> drop;
  Child<ModuleList<GptBlock>> h;
  Child<LayerNorm> ln_f;
  Child<Linear> head;
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_GPT_H_
