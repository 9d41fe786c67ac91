#include "etch/nn/models/resnet.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/nn/init.h"

namespace etch::nn::models {
namespace {

Conv2d::Options conv(int64_t in, int64_t out, int64_t size, int64_t stride = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = size,
          .stride = stride,
          .padding = size / 2,
          .bias = false};
}

// From the input of a block to `out` channels, or null where the input can be added as it is.
ModuleHandle<Sequential> make_downsample(const ResNetBlockOptions& o, int64_t out) {
  if (o.stride == 1 && o.in_channels == out) return {};
  return make<Sequential>(make<Conv2d>(conv(o.in_channels, out, 1, o.stride)),
                          make<BatchNorm2d>({.num_features = out}));
}

template <typename Block>
ModuleHandle<Sequential> make_layer(int64_t blocks, int64_t in, int64_t channels, int64_t stride) {
  std::vector<ModuleHandle<Module>> layer;
  for (int64_t i = 0; i < blocks; ++i)
    layer.push_back(make<Block>({.in_channels = i == 0 ? in : channels * Block::kExpansion,
                                 .channels = channels,
                                 .stride = i == 0 ? stride : 1}));
  return make<Sequential>(std::move(layer));
}

// The blocks of scale `i`, 0 to 3.
ModuleHandle<Sequential> make_scale(const ResNetOptions& o, size_t i) {
  if (o.layers.size() != 4)
    frontend::fail({"ResNet"}, "layers has " + std::to_string(o.layers.size()) +
                                   " numbers; there are four scales");
  int64_t channels = o.width << i, stride = i == 0 ? 1 : 2;
  int64_t expansion = o.bottleneck ? Bottleneck::kExpansion : BasicBlock::kExpansion;
  int64_t in = i == 0 ? o.width : channels / 2 * expansion;
  return o.bottleneck ? make_layer<Bottleneck>(o.layers[i], in, channels, stride)
                      : make_layer<BasicBlock>(o.layers[i], in, channels, stride);
}

}  // namespace

BasicBlock::BasicBlock(Options o)
    : conv1(this, "conv1", conv(o.in_channels, o.channels, 3, o.stride)),
      bn1(this, "bn1", {.num_features = o.channels}),
      relu(this, "relu", {.inplace = true}),
      conv2(this, "conv2", conv(o.channels, o.channels, 3)),
      bn2(this, "bn2", {.num_features = o.channels}),
      downsample(this, "downsample", make_downsample(o, o.channels)) {}

Tensor BasicBlock::forward(const Tensor& x) {
  Tensor y = relu(bn1(conv1(x)));
  y = bn2(conv2(y));
  return relu(y + (downsample.get() ? downsample(x) : x));
}

Bottleneck::Bottleneck(Options o)
    : conv1(this, "conv1", conv(o.in_channels, o.channels, 1)),
      bn1(this, "bn1", {.num_features = o.channels}),
      conv2(this, "conv2", conv(o.channels, o.channels, 3, o.stride)),
      bn2(this, "bn2", {.num_features = o.channels}),
      conv3(this, "conv3", conv(o.channels, o.channels * kExpansion, 1)),
      bn3(this, "bn3", {.num_features = o.channels * kExpansion}),
      relu(this, "relu", {.inplace = true}),
      downsample(this, "downsample", make_downsample(o, o.channels * kExpansion)) {}

Tensor Bottleneck::forward(const Tensor& x) {
  Tensor y = relu(bn1(conv1(x)));
  y = relu(bn2(conv2(y)));
  y = bn3(conv3(y));
  return relu(y + (downsample.get() ? downsample(x) : x));
}

ResNet::ResNet(Options o)
    : conv1(this, "conv1", conv(3, o.width, 7, 2)),
      bn1(this, "bn1", {.num_features = o.width}),
      relu(this, "relu", {.inplace = true}),
      maxpool(this, "maxpool", {.kernel_size = 3, .stride = 2, .padding = 1}),
      layer1(this, "layer1", make_scale(o, 0)),
      layer2(this, "layer2", make_scale(o, 1)),
      layer3(this, "layer3", make_scale(o, 2)),
      layer4(this, "layer4", make_scale(o, 3)),
      avgpool(this, "avgpool", 1),
      fc(this, "fc",
         {.in_features = 8 * o.width * (o.bottleneck ? Bottleneck::kExpansion : 1),
          .out_features = o.num_classes}) {
  apply([](Module& module) {
    if (auto* filters = module.as<Conv2d>())
      init::kaiming_normal_(filters->weight, {.mode = init::FanMode::kFanOut,
                                              .nonlinearity = init::Nonlinearity::kRelu});
  });
}

Tensor ResNet::forward(Tensor x) {
  x = maxpool(relu(bn1(conv1(x))));
  x = layer4(layer3(layer2(layer1(x))));
  return fc(flatten(avgpool(x), 1));
}

ResNetOptions resnet18(int64_t num_classes) { return {.num_classes = num_classes}; }
ResNetOptions resnet34(int64_t num_classes) {
  return {.layers = {3, 4, 6, 3}, .num_classes = num_classes};
}
ResNetOptions resnet50(int64_t num_classes) {
  return {.layers = {3, 4, 6, 3}, .bottleneck = true, .num_classes = num_classes};
}
ResNetOptions resnet101(int64_t num_classes) {
  return {.layers = {3, 4, 23, 3}, .bottleneck = true, .num_classes = num_classes};
}
ResNetOptions resnet152(int64_t num_classes) {
  return {.layers = {3, 8, 36, 3}, .bottleneck = true, .num_classes = num_classes};
}

}  // namespace etch::nn::models
