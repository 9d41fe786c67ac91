// A plain transformer as users write one, from linear layers and the function of attention.
#ifndef ETCH_NN_MODELS_TRANSFORMER_H_
#define ETCH_NN_MODELS_TRANSFORMER_H_

#include <cstdint>

#include "etch/nn/child.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/embedding.h"
#include "etch/nn/layers/key_value_cache.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"

namespace etch::nn::models {

struct TransformerOptions {
  int64_t vocab = 256;
  int64_t context = 128;  // longest sequence
  int64_t dim = 128;
  int64_t heads = 4;  // divides dim
  int64_t layers = 4;
  double dropout = 0;
  bool causal = true;    // position t sees positions 0..t; else all
  bool pre_norm = true;  // x + f(norm(x)); else norm(x + f(x))
  bool head = true;      // logits; else the last layer's result
};

// The positions at hand of a sequence whose earlier ones are in a cache.
struct CachedPositions {
  KeyValueCache* cache;
  Tensor first;    // integer scalar
  Tensor visible;  // [t, capacity]
};

// Attention, then a perceptron of width 4 * dim, each added to its input.
class TransformerBlock : public Module {
 public:
  using Options = TransformerOptions;
  explicit TransformerBlock(Options options);

  // [batch, t, dim]; with `cached`, t positions that follow those in its cache.
  Tensor forward(Tensor x, const CachedPositions* cached = nullptr);

 private:
  Tensor attend(const Tensor& x, const CachedPositions* cached);
  Tensor perceive(const Tensor& x);
  int64_t heads_;
  bool causal_, pre_norm_;

 public:
  Child<LayerNorm> ln_1, ln_2;
  Child<Linear> qkv, proj, fc, out;
  // The weights of attention exist in its kernel alone: of attn_drop the rate and the random state
  // are used, it is not called, and has no calls for hooks to see.
  Child<Dropout> attn_drop, resid_drop;
};

struct TransformerMemoryOptions {
  TransformerOptions model;
  int64_t batch = 1;
  int64_t capacity = 0;  // positions; 0: model.context
  DType dtype = f32;     // of the model's parameters
};

// What a causal transformer remembers of the sequences that it continues.
class TransformerMemory : public Module {
 public:
  using Options = TransformerMemoryOptions;
  explicit TransformerMemory(Options options);

  // Forgets the sequences.
  void clear();
  const Options& options() const { return options_; }

 private:
  Options options_;

 public:
  Buffer length;  // positions so far: i64 scalar
  Child<ModuleList<KeyValueCache>> layers;
};

// ids [batch, t] (i32 or i64, t <= context) to logits [batch, t, vocab], or [batch, t, dim].
// State: "wte.weight", "wpe.weight", "h.0.ln_1.weight", ..., "ln_f.bias", "head.weight".
// Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762.
class Transformer : public Module {
 public:
  using Options = TransformerOptions;
  explicit Transformer(Options options);

  Tensor forward(Tensor ids);
  // The same for ids that follow those in `memory`, which remembers them: a sequence given piece by
  // piece has the logits of the whole. Compiled, it generates tokens without a copy of the memory:
  //
  //   auto next = etch::compile([&](Tensor ids) {  // [1, 1]
  //     return argmax(net->extend(ids, *memory), -1);
  //   });
  //
  // Throws etch::Error for a transformer that is not causal, and for ids that do not fit. Eager
  // code also finds ids that come after the memory is full; a compiled program drops their keys and
  // values, and their logits mean nothing: counting is its caller's part.
  Tensor extend(Tensor ids, TransformerMemory& memory);
  const Options& options() const { return options_; }
  // Matrices and embeddings normal with `std`; the rest stays as the layers make it.
  void init_weights(double std = 0.02);

 private:
  void check(const Tensor& ids, int64_t context) const;
  Options options_;

 public:
  Child<Embedding> wte, wpe;
  Child<Dropout> drop;
  Child<ModuleList<TransformerBlock>> h;
  Child<LayerNorm> ln_f;
  Child<Linear> head;  // null without one
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_TRANSFORMER_H_
