#include "etch/nn/layers/attention.h"

#include <limits>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/functional.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

CausalSelfAttentionOptions checked(CausalSelfAttentionOptions options) {
  detail::at_least_1("CausalSelfAttention", "embed_dim", options.embed_dim);
  detail::at_least_1("CausalSelfAttention", "num_heads", options.num_heads);
  detail::probability("CausalSelfAttention", "dropout", options.dropout);
  if (options.embed_dim % options.num_heads != 0)
    frontend::fail({"CausalSelfAttention"}, "embed_dim " + std::to_string(options.embed_dim) +
                                                " is not divisible by num_heads " +
                                                std::to_string(options.num_heads));
  return options;
}

}  // namespace

CausalSelfAttention::CausalSelfAttention(Options options)
    : options_(checked(options)),
      qkv(this, "qkv",
          LinearOptions{.in_features = options.embed_dim,
                        .out_features = 3 * options.embed_dim,
                        .bias = options.bias}),
      proj(this, "proj",
           LinearOptions{.in_features = options.embed_dim,
                         .out_features = options.embed_dim,
                         .bias = options.bias}) {}

Tensor CausalSelfAttention::forward(const Tensor& x) {
  std::vector<Tensor> parts = chunk(qkv(x), 3, -1);
  Shape heads = x.shape();
  heads[-1] = options_.num_heads;
  heads.push_back(options_.embed_dim / options_.num_heads);
  auto by_head = [&](const Tensor& t) { return transpose(reshape(t, heads), -3, -2); };
  Tensor y = functional::scaled_dot_product_attention(by_head(parts[0]), by_head(parts[1]),
                                                      by_head(parts[2]),
                                                      {.causal = true,
                                                       .dropout = training ? options_.dropout : 0.0,
                                                       .random_state = random_.state()});
  return proj(reshape(transpose(y, -3, -2), x.shape()));
}

namespace {

MultiheadAttentionOptions checked(MultiheadAttentionOptions options) {
  detail::at_least_1("MultiheadAttention", "embed_dim", options.embed_dim);
  detail::at_least_1("MultiheadAttention", "num_heads", options.num_heads);
  detail::probability("MultiheadAttention", "dropout", options.dropout);
  if (options.embed_dim % options.num_heads != 0)
    frontend::fail({"MultiheadAttention"}, "embed_dim " + std::to_string(options.embed_dim) +
                                               " is not divisible by num_heads " +
                                               std::to_string(options.num_heads));
  if (!options.kdim) options.kdim = options.embed_dim;
  if (!options.vdim) options.vdim = options.embed_dim;
  detail::at_least_1("MultiheadAttention", "kdim", *options.kdim);
  detail::at_least_1("MultiheadAttention", "vdim", *options.vdim);
  return options;
}

bool same_dims(const MultiheadAttentionOptions& options) {
  return options.kdim == options.embed_dim && options.vdim == options.embed_dim;
}

Tensor zeros_if(bool wanted, const Shape& shape) {
  return wanted ? detail::filled(shape, 0, f32) : Tensor();
}

// A mask in which true hides a key, as what is added to the scores.
Tensor additive(const Tensor& mask, DType dtype) {
  if (mask.dtype() != boolean) return cast(mask, dtype);
  Tensor hidden = full({}, -std::numeric_limits<double>::infinity(), dtype);
  return where(mask, hidden, full({}, 0, dtype));
}

void check_shape(const char* what, const Tensor& t, const Shape& wanted) {
  if (t.shape() != wanted)
    frontend::fail({"MultiheadAttention"}, std::string(what) + " " + t.shape().to_string() +
                                               ", must be " + wanted.to_string());
}

}  // namespace

MultiheadAttention::MultiheadAttention(Options given)
    : options_(checked(std::move(given))),
      in_proj_weight(this, "in_proj_weight",
                     zeros_if(same_dims(options_), {3 * options_.embed_dim, options_.embed_dim})),
      q_proj_weight(this, "q_proj_weight",
                    zeros_if(!same_dims(options_), {options_.embed_dim, options_.embed_dim})),
      k_proj_weight(this, "k_proj_weight",
                    zeros_if(!same_dims(options_), {options_.embed_dim, *options_.kdim})),
      v_proj_weight(this, "v_proj_weight",
                    zeros_if(!same_dims(options_), {options_.embed_dim, *options_.vdim})),
      in_proj_bias(this, "in_proj_bias", zeros_if(options_.bias, {3 * options_.embed_dim})),
      out_proj(this, "out_proj",
               LinearOptions{.in_features = options_.embed_dim,
                             .out_features = options_.embed_dim,
                             .bias = options_.bias}) {
  reset_parameters();
}

void MultiheadAttention::reset_parameters() {
  for (Parameter* weight : {&in_proj_weight, &q_proj_weight, &k_proj_weight, &v_proj_weight})
    if (weight->defined()) init::xavier_uniform_(*weight);
  if (in_proj_bias.defined()) init::zeros_(in_proj_bias);
  if (out_proj->bias.defined()) init::zeros_(out_proj->bias);
}

std::vector<Tensor> MultiheadAttention::project(const Tensor& query, const Tensor& key,
                                                const Tensor& value) const {
  std::vector<Tensor> weights =
      in_proj_weight.defined()
          ? (query.is_same(key) && key.is_same(value) ? std::vector<Tensor>{in_proj_weight}
                                                      : chunk(in_proj_weight, 3, 0))
          : std::vector<Tensor>{q_proj_weight, k_proj_weight, v_proj_weight};
  // Self-attention: one product for all three.
  if (weights.size() == 1)
    return chunk(functional::linear(query, weights[0], detail::if_defined(in_proj_bias)), 3, -1);
  std::vector<Tensor> biases, inputs{query, key, value}, projected;
  if (in_proj_bias.defined()) biases = chunk(in_proj_bias, 3, 0);
  for (size_t i = 0; i < 3; ++i)
    projected.push_back(functional::linear(
        inputs[i], weights[i], biases.empty() ? std::nullopt : std::optional(biases[i])));
  return projected;
}

std::optional<Tensor> MultiheadAttention::joined_mask(const AttentionCall& call,
                                                      const Tensor& query,
                                                      const Tensor& key) const {
  int64_t n = query.size(0), t = query.size(1), s = key.size(1), heads = options_.num_heads;
  std::optional<Tensor> mask;
  if (call.attn_mask) {
    const Tensor& given = *call.attn_mask;
    check_shape("attn_mask", given, given.dim() == 3 ? Shape{n * heads, t, s} : Shape{t, s});
    mask = additive(given, query.dtype());
    if (given.dim() == 3) mask = reshape(*mask, {n, heads, t, s});
  }
  if (call.key_padding_mask) {
    Tensor given = call.key_padding_mask->dim() == 1 ? unsqueeze(*call.key_padding_mask, 0)
                                                     : *call.key_padding_mask;
    check_shape("key_padding_mask", given, {n, s});
    Tensor padding = reshape(additive(given, query.dtype()), {n, 1, 1, s});
    mask = mask ? *mask + padding : padding;
  }
  return mask;
}

AttentionOutput MultiheadAttention::forward(const Tensor& query, const Tensor& key,
                                            const Tensor& value, const AttentionCall& call) {
  bool batched = query.dim() == 3;
  if ((!batched && query.dim() != 2) || key.dim() != query.dim() || value.dim() != query.dim())
    frontend::fail({"MultiheadAttention"}, "query " + query.shape().to_string() + ", key " +
                                               key.shape().to_string() + " and value " +
                                               value.shape().to_string() +
                                               ", must all have 3 dimensions, or 2 without batch");
  // From here on [n, t, features]; the same tensor stays the same.
  auto batch_first = [&](const Tensor& x) {
    return !batched ? unsqueeze(x, 0) : options_.batch_first ? x : transpose(x, 0, 1);
  };
  Tensor q = batch_first(query);
  Tensor k = key.is_same(query) ? q : batch_first(key);
  Tensor v = value.is_same(key) ? k : batch_first(value);
  int64_t n = q.size(0), t = q.size(1), s = k.size(1), heads = options_.num_heads;
  // In the caller's arrangement.
  auto arranged = [&](int64_t time, int64_t features) {
    return !batched               ? Shape{time, features}
           : options_.batch_first ? Shape{n, time, features}
                                  : Shape{time, n, features};
  };
  check_shape("query", query, arranged(t, options_.embed_dim));
  check_shape("key", key, arranged(s, *options_.kdim));
  check_shape("value", value, arranged(s, *options_.vdim));

  std::vector<Tensor> projected = project(q, k, v);
  int64_t each = options_.embed_dim / heads;
  auto by_head = [&](const Tensor& x) {
    return transpose(reshape(x, {n, x.size(1), heads, each}), 1, 2);
  };
  Tensor heads_q = by_head(projected[0]), heads_k = by_head(projected[1]),
         heads_v = by_head(projected[2]);
  functional::AttentionOptions options{.attn_mask = joined_mask(call, q, k),
                                       .dropout = training ? options_.dropout : 0.0,
                                       .random_state = random_.state()};
  functional::AttentionResult attended;
  if (call.need_weights) {
    attended = functional::attention_with_weights(heads_q, heads_k, heads_v, options);
  } else {
    attended.output = functional::scaled_dot_product_attention(heads_q, heads_k, heads_v, options);
  }
  Tensor y = out_proj(reshape(transpose(attended.output, 1, 2), {n, t, options_.embed_dim}));
  AttentionOutput result;
  result.output = !batched ? squeeze(y, 0) : options_.batch_first ? y : transpose(y, 0, 1);
  if (!call.need_weights) return result;
  Tensor weights = call.average_attn_weights ? mean(attended.weights, {1}) : attended.weights;
  result.weights = batched ? weights : squeeze(weights, 0);
  return result;
}

}  // namespace etch::nn
