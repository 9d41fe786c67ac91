#include "etch/nn/layers/transformer.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/functional/activation.h"
#include "etch/nn/layers/checks.h"

namespace etch::nn {
namespace {

using Mask = std::optional<Tensor>;

TransformerLayerOptions checked(const char* name, TransformerLayerOptions options) {
  detail::at_least_1(name, "d_model", options.d_model);
  if (options.activation != "relu" && options.activation != "gelu")
    frontend::fail({name},
                   "activation = \"" + options.activation + "\", must be \"relu\" or \"gelu\"");
  return options;
}

MultiheadAttentionOptions attention_of(const TransformerLayerOptions& options) {
  return {.embed_dim = options.d_model,
          .num_heads = options.nhead,
          .dropout = options.dropout,
          .batch_first = options.batch_first};
}

LayerNormOptions norm_of(const TransformerLayerOptions& options) {
  return {.normalized_shape = {options.d_model}, .eps = options.layer_norm_eps};
}

// x and what `part` makes of it, normalized before or behind.
template <typename Norm, typename Part>
Tensor residual(const Tensor& x, const Norm& norm, bool norm_first, Part&& part) {
  return norm_first ? x + part(norm(x)) : norm(x + part(x));
}

template <typename Layer>
Tensor feed_forward(const Layer& layer, const Tensor& x) {
  Tensor hidden = layer.linear1(x);
  hidden =
      layer.options().activation == "gelu" ? functional::gelu(hidden) : functional::relu(hidden);
  return layer.linear2(layer.dropout(hidden));
}

Tensor attend(const Child<MultiheadAttention>& attention, const Tensor& x, const Tensor& memory,
              const Mask& mask, const Mask& padding) {
  return attention(
             x, memory, memory,
             AttentionCall{.key_padding_mask = padding, .need_weights = false, .attn_mask = mask})
      .output;
}

}  // namespace

TransformerEncoderLayer::TransformerEncoderLayer(Options options)
    : options_(checked("TransformerEncoderLayer", std::move(options))),
      self_attn(this, "self_attn", attention_of(options_)),
      linear1(this, "linear1", LinearOptions{options_.d_model, options_.dim_feedforward}),
      dropout(this, "dropout", options_.dropout),
      linear2(this, "linear2", LinearOptions{options_.dim_feedforward, options_.d_model}),
      norm1(this, "norm1", norm_of(options_)),
      norm2(this, "norm2", norm_of(options_)),
      dropout1(this, "dropout1", options_.dropout),
      dropout2(this, "dropout2", options_.dropout) {}

Tensor TransformerEncoderLayer::forward(const Tensor& src, const Mask& src_mask,
                                        const Mask& src_key_padding_mask) {
  bool first = options_.norm_first;
  Tensor x = residual(src, norm1, first, [&](const Tensor& t) {
    return dropout1(attend(self_attn, t, t, src_mask, src_key_padding_mask));
  });
  return residual(x, norm2, first,
                  [&](const Tensor& t) { return dropout2(feed_forward(*this, t)); });
}

TransformerDecoderLayer::TransformerDecoderLayer(Options options)
    : options_(checked("TransformerDecoderLayer", std::move(options))),
      self_attn(this, "self_attn", attention_of(options_)),
      multihead_attn(this, "multihead_attn", attention_of(options_)),
      linear1(this, "linear1", LinearOptions{options_.d_model, options_.dim_feedforward}),
      dropout(this, "dropout", options_.dropout),
      linear2(this, "linear2", LinearOptions{options_.dim_feedforward, options_.d_model}),
      norm1(this, "norm1", norm_of(options_)),
      norm2(this, "norm2", norm_of(options_)),
      norm3(this, "norm3", norm_of(options_)),
      dropout1(this, "dropout1", options_.dropout),
      dropout2(this, "dropout2", options_.dropout),
      dropout3(this, "dropout3", options_.dropout) {}

Tensor TransformerDecoderLayer::forward(const Tensor& tgt, const Tensor& memory,
                                        const Mask& tgt_mask, const Mask& memory_mask,
                                        const Mask& tgt_key_padding_mask,
                                        const Mask& memory_key_padding_mask) {
  bool first = options_.norm_first;
  Tensor x = residual(tgt, norm1, first, [&](const Tensor& t) {
    return dropout1(attend(self_attn, t, t, tgt_mask, tgt_key_padding_mask));
  });
  x = residual(x, norm2, first, [&](const Tensor& t) {
    return dropout2(attend(multihead_attn, t, memory, memory_mask, memory_key_padding_mask));
  });
  return residual(x, norm3, first,
                  [&](const Tensor& t) { return dropout3(feed_forward(*this, t)); });
}

TransformerEncoder::TransformerEncoder(const ModuleHandle<TransformerEncoderLayer>& layer,
                                       int64_t num_layers, const ModuleHandle<LayerNorm>& norm)
    : layers(this, "layers", num_layers, [layer] { return layer.clone(); }),
      norm(this, "norm", norm) {}

Tensor TransformerEncoder::forward(const Tensor& src, const Mask& mask,
                                   const Mask& src_key_padding_mask) {
  Tensor x = src;
  for (const auto& layer : layers) x = layer(x, mask, src_key_padding_mask);
  return norm ? norm(x) : x;
}

TransformerDecoder::TransformerDecoder(const ModuleHandle<TransformerDecoderLayer>& layer,
                                       int64_t num_layers, const ModuleHandle<LayerNorm>& norm)
    : layers(this, "layers", num_layers, [layer] { return layer.clone(); }),
      norm(this, "norm", norm) {}

Tensor TransformerDecoder::forward(const Tensor& tgt, const Tensor& memory, const Mask& tgt_mask,
                                   const Mask& memory_mask, const Mask& tgt_key_padding_mask,
                                   const Mask& memory_key_padding_mask) {
  Tensor x = tgt;
  for (const auto& layer : layers)
    x = layer(x, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);
  return norm ? norm(x) : x;
}

}  // namespace etch::nn
