// A GPT: a transformer that predicts the next token.
#ifndef ETCH_NN_MODELS_GPT_H_
#define ETCH_NN_MODELS_GPT_H_

#include <cstdint>

#include "etch/nn/models/transformer.h"

namespace etch::nn::models {

struct GptOptions {
  int64_t vocab = 256;
  int64_t context = 128;  // longest sequence
  int64_t dim = 128;
  int64_t heads = 4;  // divides dim
  int64_t layers = 4;
  double dropout = 0;
};

// The causal transformer with norms before its layers and a head: ids [batch, t] to logits
// [batch, t, vocab]. For the published weights see gpt2.h.
// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
class Gpt : public Transformer {
 public:
  using Options = GptOptions;
  explicit Gpt(Options o)
      : Transformer({.vocab = o.vocab,
                     .context = o.context,
                     .dim = o.dim,
                     .heads = o.heads,
                     .layers = o.layers,
                     .dropout = o.dropout}) {}
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_GPT_H_
