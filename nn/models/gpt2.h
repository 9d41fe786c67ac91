// GPT-2 with the names and layouts of Hugging Face's files:
//
//   auto net = nn::make<nn::models::Gpt2>({});
//   net->load_state_dict(nn::models::gpt2_state(etch::load_state("gpt2/model.safetensors").value()));
//   etch::Tensor logits = net(ids);
#ifndef ETCH_NN_MODELS_GPT2_H_
#define ETCH_NN_MODELS_GPT2_H_

#include <cstdint>
#include <string>

#include "etch/nn/child.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/embedding.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"
#include "etch/nn/parameter.h"

namespace etch::nn::models {

// As the smallest published model; medium: dim 1024, heads 16, layers 24; large: 1280, 20, 36; xl:
// 1600, 25, 48.
struct Gpt2Options {
  int64_t vocab = 50257;
  int64_t context = 1024;  // longest sequence
  int64_t dim = 768;
  int64_t heads = 12;  // divides dim
  int64_t layers = 12;
  double dropout = 0.1;
  double epsilon = 1e-5;
};

struct Conv1DOptions {
  int64_t in_features = 0;
  int64_t out_features = 0;
};

// y = x weight + bias, with weight [in_features, out_features]: GPT-2's name for a linear layer
// whose weight lies the other way round.
class Conv1D : public LibraryModule {
 public:
  using Options = Conv1DOptions;
  explicit Conv1D(Options options);

  Tensor forward(const Tensor& x);
  std::string extra_repr() const override;

 private:
  Options options_;

 public:
  Parameter weight;
  Parameter bias;
};

class Gpt2Attention : public Module {
 public:
  using Options = Gpt2Options;
  explicit Gpt2Attention(Options options);

  Tensor forward(const Tensor& x);  // [batch, t, dim]

 private:
  Options options_;

 public:
  Child<Conv1D> c_attn, c_proj;
  // attn_dropout gives its rate and random state to the function of attention; it is not called, so
  // its hooks see nothing.
  Child<Dropout> attn_dropout, resid_dropout;
};

class Gpt2Mlp : public Module {
 public:
  using Options = Gpt2Options;
  explicit Gpt2Mlp(Options options);

  Tensor forward(const Tensor& x);

  Child<Conv1D> c_fc, c_proj;
  Child<Dropout> dropout;
};

class Gpt2Block : public Module {
 public:
  using Options = Gpt2Options;
  explicit Gpt2Block(Options options);

  Tensor forward(Tensor x);

  Child<LayerNorm> ln_1;
  Child<Gpt2Attention> attn;
  Child<LayerNorm> ln_2;
  Child<Gpt2Mlp> mlp;
};

// ids [batch, t] (i32 or i64, t <= context) to hidden states [batch, t, dim].
class Gpt2Model : public Module {
 public:
  using Options = Gpt2Options;
  explicit Gpt2Model(Options options);

  Tensor forward(const Tensor& ids);
  const Options& options() const { return options_; }

 private:
  Options options_;

 public:
  Child<Embedding> wte, wpe;
  Child<Dropout> drop;
  Child<ModuleList<Gpt2Block>> h;
  Child<LayerNorm> ln_f;
};

// ids [batch, t] to logits [batch, t, vocab]; the head's weight is the embedding's. Initially as
// published: normal with standard deviation 0.02, of projections into the residual
// 0.02 / sqrt(2 layers).
// State: "transformer.wte.weight", ..., "transformer.h.0.attn.c_attn.weight", ...,
// "lm_head.weight"; 149 entries and 124,439,808 parameters by default.
// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
class Gpt2 : public Module {
 public:
  using Options = Gpt2Options;
  explicit Gpt2(Options options);

  Tensor forward(const Tensor& ids);
  void init_weights();

  Child<Gpt2Model> transformer;
  Child<Linear> lm_head;
};

// A state of a published file as Gpt2 has it: mask buffers ("attn.bias", "attn.masked_bias") left
// out, "transformer." before names that lack it.
StateDict gpt2_state(const StateDict& state);

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_GPT2_H_
