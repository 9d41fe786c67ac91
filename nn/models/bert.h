// BERT with the names of Hugging Face's files:
//
//   auto net = nn::make<nn::models::BertForMaskedLM>({});
//   net->load_state_dict(nn::models::bert_state(etch::load_state("bert/pytorch_model.bin").value()),
//                        {.strict = false});      // the file has a head for pairs of sentences too
//   etch::Tensor logits = net(ids);
#ifndef ETCH_NN_MODELS_BERT_H_
#define ETCH_NN_MODELS_BERT_H_

#include <cstdint>
#include <optional>

#include "etch/nn/child.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/embedding.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"
#include "etch/nn/parameter.h"

namespace etch::nn::models {

// As bert-base-uncased; large: dim 1024, heads 16, layers 24, intermediate 4096.
struct BertOptions {
  int64_t vocab = 30522;
  int64_t context = 512;  // longest sequence
  int64_t segments = 2;   // sentences that `token_type_ids` tell apart
  int64_t dim = 768;
  int64_t heads = 12;  // divides dim
  int64_t layers = 12;
  int64_t intermediate = 3072;
  double dropout = 0.1;
  double epsilon = 1e-12;
};

class BertEmbeddings : public Module {
 public:
  using Options = BertOptions;
  explicit BertEmbeddings(Options options);

  Tensor forward(const Tensor& ids, const std::optional<Tensor>& token_type_ids);

  Child<Embedding> word_embeddings, position_embeddings, token_type_embeddings;
  Child<LayerNorm> layer_norm;  // "LayerNorm"
  Child<Dropout> dropout;
};

class BertSelfAttention : public Module {
 public:
  using Options = BertOptions;
  explicit BertSelfAttention(Options options);

  // `bias`, where there is one, is added to the scores [batch, heads, t, t].
  Tensor forward(const Tensor& x, const std::optional<Tensor>& bias);

 private:
  Options options_;

 public:
  Child<Linear> query, key, value;
  Child<Dropout> dropout;
};

// norm(residual + dropout(dense(x))), as it ends attention and perceptron.
class BertOutput : public Module {
 public:
  BertOutput(int64_t in_features, const BertOptions& options);

  Tensor forward(const Tensor& x, const Tensor& residual);

  Child<Linear> dense;
  Child<LayerNorm> layer_norm;  // "LayerNorm"
  Child<Dropout> dropout;
};

class BertAttention : public Module {
 public:
  using Options = BertOptions;
  explicit BertAttention(Options options);

  Tensor forward(const Tensor& x, const std::optional<Tensor>& bias);

  Child<BertSelfAttention> self;
  Child<BertOutput> output;
};

// gelu(dense(x)).
class BertIntermediate : public Module {
 public:
  using Options = BertOptions;
  explicit BertIntermediate(Options options);
  Tensor forward(const Tensor& x);
  Child<Linear> dense;
};

class BertLayer : public Module {
 public:
  using Options = BertOptions;
  explicit BertLayer(Options options);

  Tensor forward(const Tensor& x, const std::optional<Tensor>& bias);

  Child<BertAttention> attention;
  Child<BertIntermediate> intermediate;
  Child<BertOutput> output;
};

class BertEncoder : public Module {
 public:
  using Options = BertOptions;
  explicit BertEncoder(Options options);
  Tensor forward(Tensor x, const std::optional<Tensor>& bias);
  Child<ModuleList<BertLayer>> layer;
};

// tanh(dense(x[:, 0])).
class BertPooler : public Module {
 public:
  using Options = BertOptions;
  explicit BertPooler(Options options);
  Tensor forward(const Tensor& x);
  Child<Linear> dense;
};

struct BertModelOutput {
  Tensor last_hidden_state;             // [batch, t, dim]
  std::optional<Tensor> pooler_output;  // [batch, dim], of the first token
};

// State: "embeddings.word_embeddings.weight", ..., "encoder.layer.0.attention.self.query.weight",
// ..., "pooler.dense.bias"; 199 entries and 109,482,240 parameters by default.
// Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2018,
// arXiv:1810.04805.
class Bert : public Module {
 public:
  using Options = BertOptions;
  explicit Bert(Options options, bool with_pooler = true);

  // ids [batch, t] (i32 or i64, t <= context). `attention_mask` [batch, t] is 0 for tokens that
  // are not to be seen (padding); `token_type_ids` [batch, t] numbers the sentences, 0 by default.
  BertModelOutput forward(const Tensor& ids,
                          const std::optional<Tensor>& attention_mask = std::nullopt,
                          const std::optional<Tensor>& token_type_ids = std::nullopt);
  const Options& options() const { return options_; }
  // Matrices normal with standard deviation 0.02, biases 0, as published. The constructor has it.
  void init_weights();

 private:
  Options options_;

 public:
  Child<BertEmbeddings> embeddings;
  Child<BertEncoder> encoder;
  Child<BertPooler> pooler;  // null without one
};

// From hidden states to logits: norm(gelu(dense(x))), then the embedding's weight and a bias.
class BertTransform : public Module {
 public:
  using Options = BertOptions;
  explicit BertTransform(Options options);
  Tensor forward(const Tensor& x);
  Child<Linear> dense;
  Child<LayerNorm> layer_norm;  // "LayerNorm"
};

class BertPredictions : public Module {
 public:
  using Options = BertOptions;
  explicit BertPredictions(Options options);
  Tensor forward(const Tensor& x);
  Parameter bias;
  Child<BertTransform> transform;
  Child<Linear> decoder;  // whose bias is `bias`
};

class BertHead : public Module {
 public:
  using Options = BertOptions;
  explicit BertHead(Options options);
  Tensor forward(const Tensor& x);
  Child<BertPredictions> predictions;
};

// ids to logits [batch, t, vocab]; the decoder's weight is the embedding's.
// State: "bert.encoder.layer.0.attention.self.query.weight", ..., "cls.predictions.bias", ....
class BertForMaskedLM : public Module {
 public:
  using Options = BertOptions;
  explicit BertForMaskedLM(Options options);

  Tensor forward(const Tensor& ids, const std::optional<Tensor>& attention_mask = std::nullopt,
                 const std::optional<Tensor>& token_type_ids = std::nullopt);

  Child<Bert> bert;
  Child<BertHead> cls;
};

// A state of a published file as the classes above have it: "LayerNorm.gamma" and ".beta" of old
// files become "LayerNorm.weight" and ".bias", the buffer "position_ids" is left out.
StateDict bert_state(const StateDict& state);

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_BERT_H_
