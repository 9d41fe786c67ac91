// Blocks of transformers, with PyTorch's names of parts.
#ifndef ETCH_NN_LAYERS_TRANSFORMER_H_
#define ETCH_NN_LAYERS_TRANSFORMER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "etch/nn/child.h"
#include "etch/nn/layers/attention.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"
#include "etch/nn/module.h"

namespace etch::nn {

struct TransformerLayerOptions {
  int64_t d_model = 0;
  int64_t nhead = 1;
  int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  std::string activation = "relu";  // or "gelu"
  double layer_norm_eps = 1e-5;
  bool batch_first = false;
  bool norm_first = false;  // normalize what goes into each part, not the sums behind them
};

// Self-attention and a feed-forward part, each with dropout, a residual sum and a normalization.
// src [t, n, d_model], [n, t, d_model] with batch_first, or [t, d_model]; masks as for
// MultiheadAttention. Throws etch::Error for another activation.
// Source: Vaswani et al., 2017, arXiv:1706.03762; norm_first: Xiong et al., 2020, arXiv:2002.04745.
class TransformerEncoderLayer : public LibraryModule {
 public:
  using Options = TransformerLayerOptions;
  explicit TransformerEncoderLayer(Options options);

  Tensor forward(const Tensor& src, const std::optional<Tensor>& src_mask = std::nullopt,
                 const std::optional<Tensor>& src_key_padding_mask = std::nullopt);
  const Options& options() const { return options_; }

 private:
  Options options_;

 public:
  Child<MultiheadAttention> self_attn;
  Child<Linear> linear1;
  Child<Dropout> dropout;
  Child<Linear> linear2;
  Child<LayerNorm> norm1;
  Child<LayerNorm> norm2;
  Child<Dropout> dropout1;
  Child<Dropout> dropout2;
};

// Self-attention, attention to `memory` (what an encoder gave), and a feed-forward part.
class TransformerDecoderLayer : public LibraryModule {
 public:
  using Options = TransformerLayerOptions;
  explicit TransformerDecoderLayer(Options options);

  Tensor forward(const Tensor& tgt, const Tensor& memory,
                 const std::optional<Tensor>& tgt_mask = std::nullopt,
                 const std::optional<Tensor>& memory_mask = std::nullopt,
                 const std::optional<Tensor>& tgt_key_padding_mask = std::nullopt,
                 const std::optional<Tensor>& memory_key_padding_mask = std::nullopt);
  const Options& options() const { return options_; }

 private:
  Options options_;

 public:
  Child<MultiheadAttention> self_attn;
  Child<MultiheadAttention> multihead_attn;
  Child<Linear> linear1;
  Child<Dropout> dropout;
  Child<Linear> linear2;
  Child<LayerNorm> norm1;
  Child<LayerNorm> norm2;
  Child<LayerNorm> norm3;
  Child<Dropout> dropout1;
  Child<Dropout> dropout2;
  Child<Dropout> dropout3;
};

// `num_layers` copies of `layer`, one after the other, and `norm`, if there is one, behind them.
class TransformerEncoder : public LibraryModule {
 public:
  TransformerEncoder(const ModuleHandle<TransformerEncoderLayer>& layer, int64_t num_layers,
                     const ModuleHandle<LayerNorm>& norm = {});

  Tensor forward(const Tensor& src, const std::optional<Tensor>& mask = std::nullopt,
                 const std::optional<Tensor>& src_key_padding_mask = std::nullopt);

  Child<ModuleList<TransformerEncoderLayer>> layers;
  Child<LayerNorm> norm;
};

class TransformerDecoder : public LibraryModule {
 public:
  TransformerDecoder(const ModuleHandle<TransformerDecoderLayer>& layer, int64_t num_layers,
                     const ModuleHandle<LayerNorm>& norm = {});

  Tensor forward(const Tensor& tgt, const Tensor& memory,
                 const std::optional<Tensor>& tgt_mask = std::nullopt,
                 const std::optional<Tensor>& memory_mask = std::nullopt,
                 const std::optional<Tensor>& tgt_key_padding_mask = std::nullopt,
                 const std::optional<Tensor>& memory_key_padding_mask = std::nullopt);

  Child<ModuleList<TransformerDecoderLayer>> layers;
  Child<LayerNorm> norm;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_TRANSFORMER_H_
