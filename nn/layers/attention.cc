#include "etch/nn/layers/attention.h"

#include "etch/frontend/ops.h"
#include "etch/nn/functional.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

CausalSelfAttentionOptions checked(CausalSelfAttentionOptions options) {
  detail::at_least_1("CausalSelfAttention", "embed_dim", options.embed_dim);
  detail::at_least_1("CausalSelfAttention", "num_heads", options.num_heads);
  detail::probability("CausalSelfAttention", "dropout", options.dropout);
  if (options.embed_dim % options.num_heads != 0)
    throw Error("CausalSelfAttention: embed_dim " + std::to_string(options.embed_dim) +
                " is not divisible by num_heads " + std::to_string(options.num_heads));
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

}  // namespace etch::nn
