// Vision transformers with torchvision's names.
#ifndef ETCH_NN_MODELS_VIT_H_
#define ETCH_NN_MODELS_VIT_H_

#include <cstdint>

#include "etch/nn/child.h"
#include "etch/nn/layers/attention.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/convolution.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/normalization.h"
#include "etch/nn/parameter.h"

namespace etch::nn::models {

// As vit_b_16; vit_l_16: layers 24, heads 16, dim 1024, mlp_dim 4096.
struct VitOptions {
  int64_t image_size = 224;
  int64_t patch_size = 16;  // divides image_size
  int64_t layers = 12;
  int64_t heads = 12;  // divides dim
  int64_t dim = 768;
  int64_t mlp_dim = 3072;
  int64_t num_classes = 1000;
  double dropout = 0;
  double epsilon = 1e-6;
};

// Pre-norm: x + attention(norm(x)), then x + mlp(norm(x)).
class VitBlock : public Module {
 public:
  using Options = VitOptions;
  explicit VitBlock(Options options);

  Tensor forward(Tensor x);  // [n, tokens, dim]

  Child<LayerNorm> ln_1;
  Child<MultiheadAttention> self_attention;
  Child<Dropout> dropout;
  Child<LayerNorm> ln_2;
  Child<Sequential> mlp;
};

class VitEncoder : public Module {
 public:
  using Options = VitOptions;
  explicit VitEncoder(Options options);

  Tensor forward(const Tensor& x);

  Parameter pos_embedding;  // [1, tokens, dim]
  Child<Dropout> dropout;
  Child<Sequential> layers;  // "encoder_layer_0", ...
  Child<LayerNorm> ln;
};

// Images [n, 3, image_size, image_size] to logits [n, num_classes]. Initially as torchvision's,
// with a head of zeros.
// State: "class_token", "conv_proj.weight", "encoder.pos_embedding",
// "encoder.layers.encoder_layer_0.self_attention.in_proj_weight", ..., "heads.head.bias"; 152
// entries and 86,567,656 parameters of vit_b_16.
// Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020, arXiv:2010.11929.
class Vit : public Module {
 public:
  using Options = VitOptions;
  explicit Vit(Options options);

  Tensor forward(const Tensor& images);

 private:
  Options options_;

 public:
  Parameter class_token;  // [1, 1, dim]
  Child<Conv2d> conv_proj;
  Child<VitEncoder> encoder;
  Child<Sequential> heads;  // "head"
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_VIT_H_
