#include "etch/nn/models/bert.h"

#include <limits>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/functional.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"

namespace etch::nn::models {
namespace {

const BertOptions& checked(const BertOptions& o) {
  if (o.dim < 1 || o.heads < 1 || o.dim % o.heads != 0)
    frontend::fail({"Bert"}, "heads = " + std::to_string(o.heads) +
                                 " does not divide dim = " + std::to_string(o.dim));
  return o;
}

LayerNormOptions norm_options(const BertOptions& o) {
  return {.normalized_shape = {o.dim}, .eps = o.epsilon};
}

void init_bert(Module& module) {
  no_grad guard;
  for (auto& [name, p] : module.named_parameters()) {
    if (p.dim() > 1)
      init::normal_(p, 0, 0.02);
    else if (name.ends_with("bias"))
      init::zeros_(p);
  }
}

}  // namespace

BertEmbeddings::BertEmbeddings(Options o)
    : word_embeddings(this, "word_embeddings", {.num_embeddings = o.vocab, .embedding_dim = o.dim}),
      position_embeddings(this, "position_embeddings",
                          {.num_embeddings = o.context, .embedding_dim = o.dim}),
      token_type_embeddings(this, "token_type_embeddings",
                            {.num_embeddings = o.segments, .embedding_dim = o.dim}),
      layer_norm(this, "LayerNorm", norm_options(o)),
      dropout(this, "dropout", {.p = o.dropout}) {}

Tensor BertEmbeddings::forward(const Tensor& ids, const std::optional<Tensor>& token_type_ids) {
  Tensor types = token_type_ids ? *token_type_ids : zeros(ids.shape(), i64);
  Tensor x = word_embeddings(ids) + token_type_embeddings(types);
  return dropout(layer_norm(x + position_embeddings(arange(ids.size(1)))));
}

BertSelfAttention::BertSelfAttention(Options o)
    : options_(checked(o)),
      query(this, "query", {.in_features = o.dim, .out_features = o.dim}),
      key(this, "key", {.in_features = o.dim, .out_features = o.dim}),
      value(this, "value", {.in_features = o.dim, .out_features = o.dim}),
      dropout(this, "dropout", {.p = o.dropout}) {}

Tensor BertSelfAttention::forward(const Tensor& x, const std::optional<Tensor>& bias) {
  int64_t batch = x.size(0), t = x.size(1), heads = options_.heads, width = options_.dim / heads;
  auto by_head = [&](const Tensor& part) {
    return part.reshape({batch, t, heads, width}).transpose(1, 2);
  };
  Tensor q = by_head(query(x)), k = by_head(key(x)), v = by_head(value(x));
  Tensor y = functional::scaled_dot_product_attention(
      q, k, v,
      {.attn_mask = bias, .dropout = dropout->rate(), .random_state = dropout->random_state()});
  return y.transpose(1, 2).reshape({batch, t, heads * width});
}

BertOutput::BertOutput(int64_t in_features, const BertOptions& o)
    : dense(this, "dense", {.in_features = in_features, .out_features = o.dim}),
      layer_norm(this, "LayerNorm", norm_options(o)),
      dropout(this, "dropout", {.p = o.dropout}) {}

Tensor BertOutput::forward(const Tensor& x, const Tensor& residual) {
  return layer_norm(dropout(dense(x)) + residual);
}

BertAttention::BertAttention(Options o) : self(this, "self", o), output(this, "output", o.dim, o) {}

Tensor BertAttention::forward(const Tensor& x, const std::optional<Tensor>& bias) {
  return output(self(x, bias), x);
}

BertIntermediate::BertIntermediate(Options o)
    : dense(this, "dense", {.in_features = o.dim, .out_features = o.intermediate}) {}

Tensor BertIntermediate::forward(const Tensor& x) { return gelu(dense(x)); }

BertLayer::BertLayer(Options o)
    : attention(this, "attention", o),
      intermediate(this, "intermediate", o),
      output(this, "output", o.intermediate, o) {}

Tensor BertLayer::forward(const Tensor& x, const std::optional<Tensor>& bias) {
  Tensor seen = attention(x, bias);
  return output(intermediate(seen), seen);
}

BertEncoder::BertEncoder(Options o)
    : layer(this, "layer", o.layers, [o] { return make<BertLayer>(o); }) {}

Tensor BertEncoder::forward(Tensor x, const std::optional<Tensor>& bias) {
  for (auto& each : layer) x = each(x, bias);
  return x;
}

BertPooler::BertPooler(Options o)
    : dense(this, "dense", {.in_features = o.dim, .out_features = o.dim}) {}

Tensor BertPooler::forward(const Tensor& x) { return tanh(dense(select(x, 1, 0))); }

Bert::Bert(Options o, bool with_pooler)
    : options_(checked(o)),
      embeddings(this, "embeddings", o),
      encoder(this, "encoder", o),
      pooler(this, "pooler", with_pooler ? make<BertPooler>(o) : ModuleHandle<BertPooler>()) {
  init_weights();
}

BertModelOutput Bert::forward(const Tensor& ids, const std::optional<Tensor>& attention_mask,
                              const std::optional<Tensor>& token_type_ids) {
  if (ids.dim() != 2 || ids.size(1) > options_.context)
    frontend::fail({"Bert"}, "ids have shape " + ids.shape().to_string() +
                                 "; wanted [batch, t], t up to " +
                                 std::to_string(options_.context));
  std::optional<Tensor> bias;
  if (attention_mask) {
    // The least number and not -infinity, so that a row without any visible token is no NaN.
    DType dtype = embeddings->word_embeddings->weight.dtype();
    double hidden =
        dtype == f64 ? std::numeric_limits<double>::lowest() : std::numeric_limits<float>::lowest();
    Tensor mask = attention_mask->reshape({ids.size(0), 1, 1, ids.size(1)});
    bias = where(mask != 0, zeros(mask.shape(), dtype), hidden);
  }
  Tensor x = encoder(embeddings(ids, token_type_ids), bias);
  BertModelOutput result{.last_hidden_state = x, .pooler_output = std::nullopt};
  if (pooler.get()) result.pooler_output = pooler(x);
  return result;
}

void Bert::init_weights() { init_bert(*this); }

BertTransform::BertTransform(Options o)
    : dense(this, "dense", {.in_features = o.dim, .out_features = o.dim}),
      layer_norm(this, "LayerNorm", norm_options(o)) {}

Tensor BertTransform::forward(const Tensor& x) { return layer_norm(gelu(dense(x))); }

BertPredictions::BertPredictions(Options o)
    : bias(this, "bias", detail::filled({o.vocab}, 0, f32)),
      transform(this, "transform", o),
      decoder(this, "decoder", {.in_features = o.dim, .out_features = o.vocab}) {
  decoder->bias.tie(bias);
}

Tensor BertPredictions::forward(const Tensor& x) { return decoder(transform(x)); }

BertHead::BertHead(Options o) : predictions(this, "predictions", o) {}

Tensor BertHead::forward(const Tensor& x) { return predictions(x); }

BertForMaskedLM::BertForMaskedLM(Options o) : bert(this, "bert", o, false), cls(this, "cls", o) {
  cls->predictions->decoder->weight.tie(bert->embeddings->word_embeddings->weight);
  init_bert(*this);
}

Tensor BertForMaskedLM::forward(const Tensor& ids, const std::optional<Tensor>& attention_mask,
                                const std::optional<Tensor>& token_type_ids) {
  return cls(bert(ids, attention_mask, token_type_ids).last_hidden_state);
}

StateDict bert_state(const StateDict& state) {
  return state.renamed([](std::string name) -> std::string {
    if (name.ends_with("embeddings.position_ids")) return "";
    for (auto [old, now] : {std::pair("gamma", "weight"), std::pair("beta", "bias")})
      if (name.ends_with(std::string("LayerNorm.") + old))
        return name.substr(0, name.rfind('.') + 1) + now;
    return name;
  });
}

}  // namespace etch::nn::models
