#include "etch/nn/models/vit.h"

#include <cmath>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/host_values.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/activation.h"
#include "etch/nn/layers/linear.h"

namespace etch::nn::models {
namespace {

const VitOptions& checked(const VitOptions& o) {
  if (o.patch_size < 1 || o.image_size % o.patch_size != 0)
    frontend::fail({"Vit"}, "patch_size = " + std::to_string(o.patch_size) +
                                " does not divide image_size = " + std::to_string(o.image_size));
  return o;
}

// Patches of an image, and the class token before them.
int64_t num_tokens(const VitOptions& o) {
  int64_t side = o.image_size / o.patch_size;
  return side * side + 1;
}

LayerNormOptions norm_options(const VitOptions& o) {
  return {.normalized_shape = {o.dim}, .eps = o.epsilon};
}

ModuleHandle<Linear> make_linear(int64_t in, int64_t out) {
  auto linear = make<Linear>({.in_features = in, .out_features = out});
  init::xavier_uniform_(linear->weight);
  init::normal_(linear->bias, 0, 1e-6);
  return linear;
}

ModuleHandle<Sequential> make_mlp(const VitOptions& o) {
  return make<Sequential>(make_linear(o.dim, o.mlp_dim), make<GELU>(),
                          make<Dropout>({.p = o.dropout}), make_linear(o.mlp_dim, o.dim),
                          make<Dropout>({.p = o.dropout}));
}

ModuleHandle<Sequential> make_layers(const VitOptions& o) {
  std::vector<NamedModule> layers;
  for (int64_t i = 0; i < o.layers; ++i)
    layers.push_back({"encoder_layer_" + std::to_string(i), make<VitBlock>(o)});
  return make<Sequential>(std::move(layers));
}

ModuleHandle<Sequential> make_heads(const VitOptions& o) {
  auto head = make<Linear>({.in_features = o.dim, .out_features = o.num_classes});
  init::zeros_(head->weight);
  init::zeros_(head->bias);
  return make<Sequential>(std::vector<NamedModule>{{"head", head}});
}

}  // namespace

VitBlock::VitBlock(Options o)
    : ln_1(this, "ln_1", norm_options(o)),
      self_attention(this, "self_attention",
                     {.embed_dim = o.dim, .num_heads = o.heads, .batch_first = true}),
      dropout(this, "dropout", {.p = o.dropout}),
      ln_2(this, "ln_2", norm_options(o)),
      mlp(this, "mlp", make_mlp(o)) {}

Tensor VitBlock::forward(Tensor x) {
  Tensor y = ln_1(x);
  x = x + dropout(self_attention(y, y, y, AttentionCall{.need_weights = false}).output);
  return x + mlp(ln_2(x));
}

VitEncoder::VitEncoder(Options o)
    : pos_embedding(this, "pos_embedding", detail::filled({1, num_tokens(o), o.dim}, 0, f32)),
      dropout(this, "dropout", {.p = o.dropout}),
      layers(this, "layers", make_layers(o)),
      ln(this, "ln", norm_options(o)) {
  init::normal_(pos_embedding, 0, 0.02);
}

Tensor VitEncoder::forward(const Tensor& x) { return ln(layers(dropout(x + pos_embedding))); }

Vit::Vit(Options o)
    : options_(checked(o)),
      class_token(this, "class_token", detail::filled({1, 1, o.dim}, 0, f32)),
      conv_proj(this, "conv_proj",
                {.in_channels = 3,
                 .out_channels = o.dim,
                 .kernel_size = o.patch_size,
                 .stride = o.patch_size}),
      encoder(this, "encoder", o),
      heads(this, "heads", make_heads(o)) {
  // Of a truncated normal distribution in torchvision; what is cut off is of no account here.
  init::normal_(conv_proj->weight, 0,
                std::sqrt(1.0 / static_cast<double>(3 * o.patch_size * o.patch_size)));
  init::zeros_(conv_proj->bias);
}

Tensor Vit::forward(const Tensor& images) {
  int64_t n = images.size(0), size = options_.image_size;
  if (images.shape() != Shape({n, 3, size, size}))
    frontend::fail({"Vit"}, "images have shape " + images.shape().to_string() + "; wanted [n, 3, " +
                                std::to_string(size) + ", " + std::to_string(size) + "]");
  Tensor patches = conv_proj(images).reshape({n, options_.dim, num_tokens(options_) - 1});
  Tensor tokens = cat({expand(class_token, {n, 1, options_.dim}), patches.transpose(1, 2)}, 1);
  return heads(select(encoder(tokens), 1, 0));
}

}  // namespace etch::nn::models
