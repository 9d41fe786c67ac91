#include "etch/nn/models/mobilenet.h"

#include <algorithm>
#include <cmath>

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/init.h"
#include "etch/nn/layers/activation.h"

namespace etch::nn::models {
namespace {

// The multiple of 8 nearest to `channels`, not more than a tenth below it.
int64_t rounded(double channels) {
  int64_t multiple = std::max<int64_t>(8, static_cast<int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(multiple) < 0.9 * channels ? multiple + 8 : multiple;
}

struct ConvNormOptions {
  int64_t in, out;
  int64_t size = 3;
  int64_t stride = 1;
  int64_t groups = 1;
};

ModuleHandle<Conv2d> make_conv(const ConvNormOptions& o) {
  return make<Conv2d>({.in_channels = o.in,
                       .out_channels = o.out,
                       .kernel_size = o.size,
                       .stride = o.stride,
                       .padding = o.size / 2,
                       .groups = o.groups,
                       .bias = false});
}

// Convolution, norm, ReLU6.
ModuleHandle<Sequential> conv_norm(const ConvNormOptions& o) {
  return make<Sequential>(make_conv(o), make<BatchNorm2d>({.num_features = o.out}),
                          make<ReLU6>({.inplace = true}));
}

ModuleHandle<Sequential> make_residual(const InvertedResidualOptions& o) {
  if (o.stride != 1 && o.stride != 2)
    frontend::fail({"InvertedResidual"},
                   "stride " + std::to_string(o.stride) + " is neither 1 nor 2");
  int64_t hidden = o.in_channels * o.expansion;
  std::vector<ModuleHandle<Module>> layers;
  if (o.expansion != 1)
    layers.push_back(conv_norm({.in = o.in_channels, .out = hidden, .size = 1}));
  layers.push_back(conv_norm({.in = hidden, .out = hidden, .stride = o.stride, .groups = hidden}));
  layers.push_back(make_conv({.in = hidden, .out = o.out_channels, .size = 1}));
  layers.push_back(make<BatchNorm2d>({.num_features = o.out_channels}));
  return make<Sequential>(std::move(layers));
}

int64_t last_channels(const MobileNetV2Options& o) {
  return rounded(1280 * std::max(1.0, o.width));
}

ModuleHandle<Sequential> make_features(const MobileNetV2Options& o) {
  int64_t channels = rounded(32 * o.width);
  std::vector<ModuleHandle<Module>> layers = {conv_norm({.in = 3, .out = channels, .stride = 2})};
  for (const MobileNetStage& stage : o.stages) {
    int64_t out = rounded(static_cast<double>(stage.channels) * o.width);
    for (int64_t i = 0; i < stage.count; ++i) {
      layers.push_back(make<InvertedResidual>({.in_channels = channels,
                                               .out_channels = out,
                                               .stride = i == 0 ? stage.stride : 1,
                                               .expansion = stage.expansion}));
      channels = out;
    }
  }
  layers.push_back(conv_norm({.in = channels, .out = last_channels(o), .size = 1}));
  return make<Sequential>(std::move(layers));
}

}  // namespace

InvertedResidual::InvertedResidual(Options o)
    : residual_(o.stride == 1 && o.in_channels == o.out_channels),
      conv(this, "conv", make_residual(o)) {}

Tensor InvertedResidual::forward(const Tensor& x) { return residual_ ? x + conv(x) : conv(x); }

MobileNetV2::MobileNetV2(Options o)
    : features(this, "features", make_features(o)),
      classifier(this, "classifier",
                 make<Sequential>(make<Dropout>({.p = o.dropout}),
                                  make<Linear>({.in_features = last_channels(o),
                                                .out_features = o.num_classes}))) {
  apply([](Module& module) {
    if (auto* filters = module.as<Conv2d>())
      init::kaiming_normal_(filters->weight, {.mode = init::FanMode::kFanOut});
    if (auto* linear = module.as<Linear>()) {
      init::normal_(linear->weight, 0, 0.01);
      init::zeros_(linear->bias);
    }
  });
}

Tensor MobileNetV2::forward(const Tensor& x) { return classifier(mean(features(x), {2, 3})); }

}  // namespace etch::nn::models
