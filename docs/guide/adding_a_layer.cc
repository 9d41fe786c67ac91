// A layer of one's own: a function that computes, a thin module that holds its parameters.
#include <etch/etch.h>
#include <etch/frontend/scope.h>

#include <cmath>
#include <cstdio>
#include <iostream>

namespace nn = etch::nn;
using etch::Tensor;

// y[..., i] = x[..., i] * scale[i].
//
// Shapes: x [..., n], scale [n]; result as x. Throws etch::Error when the last extents differ.
// Source: Touvron et al., "Going deeper with Image Transformers", 2021, arXiv:2103.17239.
Tensor layer_scale(const Tensor& x, const Tensor& scale, etch::Loc loc = etch::Loc::current()) {
  if (x.dim() < 1 || scale.dim() != 1 || x.size(-1) != scale.size(0))
    etch::frontend::fail({"layer_scale", loc}, "input " + x.shape().to_string() +
                                                   " does not end in the extent of scale " +
                                                   scale.shape().to_string());
  return x * scale;
}

struct LayerScaleOptions {
  int64_t features = 0;
  double initial = 1e-4;
};

class LayerScale : public nn::Module {
 public:
  using Options = LayerScaleOptions;
  explicit LayerScale(Options options) : options_(options) {}

  Tensor forward(Tensor x) { return layer_scale(x, scale); }
  std::string extra_repr() const override { return std::to_string(options_.features); }

 private:
  Options options_;

 public:
  nn::Parameter scale{this, "scale", etch::full({options_.features}, options_.initial)};
};

// A block as a transformer has it: x + scale * mlp(x).
struct Block : nn::Module {
  int64_t width;
  nn::Child<nn::Linear> mlp{this, "mlp", {.in_features = width, .out_features = width}};
  nn::Child<LayerScale> scale{this, "scale", {.features = width, .initial = 0.1}};
  explicit Block(int64_t width) : width(width) {}
  Tensor forward(Tensor x) { return x + scale(etch::gelu(mlp(x))); }
};

int main() {
  etch::manual_seed(0);
  auto block = nn::make<Block>(6);
  std::cout << block << '\n';

  // Its gradient along a direction, against a central difference in f64.
  block->to(etch::f64);
  const Tensor x = etch::randn({4, 6}, etch::f64), direction = etch::randn({6}, etch::f64);
  auto loss_of = [&] { return etch::sum(etch::square(block(x))); };
  loss_of().backward();
  Tensor& scale = block->scale->scale;
  const double analytic = etch::sum(scale.grad() * direction).item<double>(), step = 1e-6;
  const Tensor start = scale.detach();
  double difference = 0;
  for (double sign : {1.0, -1.0}) {
    etch::no_grad no_grad;
    scale.copy_(start + sign * step * direction);
    difference += sign * loss_of().item<double>() / (2 * step);
  }
  std::printf("gradient right: %s\n", std::abs(analytic - difference) < 1e-6 ? "yes" : "no");

  try {
    block->scale(etch::ones({2, 5}, etch::f64));
  } catch (const etch::Error& error) {
    std::cout << error.what() << '\n';
  }
}
