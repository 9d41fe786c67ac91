#include "etch/nn/models/gpt2.h"

#include <cmath>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/functional.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"

namespace etch::nn::models {
namespace {

const Gpt2Options& checked(const Gpt2Options& o) {
  if (o.dim < 1 || o.heads < 1 || o.dim % o.heads != 0)
    frontend::fail({"Gpt2"}, "heads = " + std::to_string(o.heads) +
                                 " does not divide dim = " + std::to_string(o.dim));
  return o;
}

}  // namespace

Conv1D::Conv1D(Options options)
    : options_(options),
      weight(this, "weight", detail::filled({options.in_features, options.out_features}, 0, f32)),
      bias(this, "bias", detail::filled({options.out_features}, 0, f32)) {
  init::normal_(weight, 0, 0.02);
}

Tensor Conv1D::forward(const Tensor& x) { return matmul(x, weight) + bias; }

std::string Conv1D::extra_repr() const {
  return "nf=" + std::to_string(options_.out_features) +
         ", nx=" + std::to_string(options_.in_features);
}

Gpt2Attention::Gpt2Attention(Options o)
    : options_(checked(o)),
      c_attn(this, "c_attn", {.in_features = o.dim, .out_features = 3 * o.dim}),
      c_proj(this, "c_proj", {.in_features = o.dim, .out_features = o.dim}),
      attn_dropout(this, "attn_dropout", {.p = o.dropout}),
      resid_dropout(this, "resid_dropout", {.p = o.dropout}) {}

Tensor Gpt2Attention::forward(const Tensor& x) {
  int64_t batch = x.size(0), t = x.size(1), heads = options_.heads, width = options_.dim / heads;
  std::vector<Tensor> parts = chunk(c_attn(x), 3, -1);
  auto by_head = [&](const Tensor& part) {
    return part.reshape({batch, t, heads, width}).transpose(1, 2);
  };
  Tensor q = by_head(parts[0]), k = by_head(parts[1]), v = by_head(parts[2]);
  Tensor y =
      functional::scaled_dot_product_attention(q, k, v,
                                               {.causal = true,
                                                .dropout = attn_dropout->rate(),
                                                .random_state = attn_dropout->random_state()});
  return resid_dropout(c_proj(y.transpose(1, 2).reshape({batch, t, heads * width})));
}

Gpt2Mlp::Gpt2Mlp(Options o)
    : c_fc(this, "c_fc", {.in_features = o.dim, .out_features = 4 * o.dim}),
      c_proj(this, "c_proj", {.in_features = 4 * o.dim, .out_features = o.dim}),
      dropout(this, "dropout", {.p = o.dropout}) {}

Tensor Gpt2Mlp::forward(const Tensor& x) {
  return dropout(c_proj(gelu(c_fc(x), /*tanh_approximation=*/true)));
}

Gpt2Block::Gpt2Block(Options o)
    : ln_1(this, "ln_1", {.normalized_shape = {o.dim}, .eps = o.epsilon}),
      attn(this, "attn", o),
      ln_2(this, "ln_2", {.normalized_shape = {o.dim}, .eps = o.epsilon}),
      mlp(this, "mlp", o) {}

Tensor Gpt2Block::forward(Tensor x) {
  x = x + attn(ln_1(x));
  return x + mlp(ln_2(x));
}

Gpt2Model::Gpt2Model(Options o)
    : options_(checked(o)),
      wte(this, "wte", {.num_embeddings = o.vocab, .embedding_dim = o.dim}),
      wpe(this, "wpe", {.num_embeddings = o.context, .embedding_dim = o.dim}),
      drop(this, "drop", {.p = o.dropout}),
      h(this, "h", o.layers, [o] { return make<Gpt2Block>(o); }),
      ln_f(this, "ln_f", {.normalized_shape = {o.dim}, .eps = o.epsilon}) {}

Tensor Gpt2Model::forward(const Tensor& ids) {
  if (ids.dim() != 2 || ids.size(1) > options_.context)
    frontend::fail({"Gpt2"}, "ids have shape " + ids.shape().to_string() +
                                 "; wanted [batch, t], t up to " +
                                 std::to_string(options_.context));
  Tensor x = drop(wte(ids) + wpe(arange(ids.size(1))));
  for (auto& block : h) x = block(x);
  return ln_f(x);
}

Gpt2::Gpt2(Options o)
    : transformer(this, "transformer", o),
      lm_head(this, "lm_head", {.in_features = o.dim, .out_features = o.vocab, .bias = false}) {
  lm_head->weight.tie(transformer->wte->weight);
  init_weights();
}

Tensor Gpt2::forward(const Tensor& ids) { return lm_head(transformer(ids)); }

void Gpt2::init_weights() {
  double residual = 0.02 / std::sqrt(2.0 * static_cast<double>(transformer->options().layers));
  for (auto& [name, p] : named_parameters())
    if (p.dim() > 1) init::normal_(p, 0, name.ends_with("c_proj.weight") ? residual : 0.02);
}

StateDict gpt2_state(const StateDict& state) {
  return state.renamed([](std::string name) -> std::string {
    if (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias")) return "";
    bool whole = name.starts_with("transformer.") || name.starts_with("lm_head.");
    return whole ? name : "transformer." + name;
  });
}

}  // namespace etch::nn::models
