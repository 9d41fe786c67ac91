#include "etch/nn/models/mlp.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"

namespace etch::nn::models {
namespace {

std::vector<ModuleHandle<Linear>> make_layers(const std::vector<int64_t>& sizes) {
  if (sizes.size() < 2)
    frontend::fail({"Mlp"}, "sizes wants the input's and the output's at least");
  std::vector<ModuleHandle<Linear>> layers;
  for (size_t i = 0; i + 1 < sizes.size(); ++i)
    layers.push_back(make<Linear>({.in_features = sizes[i], .out_features = sizes[i + 1]}));
  return layers;
}

}  // namespace

Mlp::Mlp(Options options) : layers(this, "layers", make_layers(options.sizes)) {}

Tensor Mlp::forward(Tensor x) {
  for (int64_t i = 0; i < layers->size(); ++i) {
    if (i > 0) x = relu(x);
    x = layers[i](x);
  }
  return x;
}

}  // namespace etch::nn::models
