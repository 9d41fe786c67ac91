// ResNets with torchvision's names:
//
//   auto net = nn::make<nn::models::ResNet>(nn::models::resnet18());
//   net->load_state_dict(etch::load_state("resnet18-f37072fd.pth").value());
//   net->eval();
//   etch::Tensor logits = net(images);   // [n, 3, 224, 224] to [n, 1000]
#ifndef ETCH_NN_MODELS_RESNET_H_
#define ETCH_NN_MODELS_RESNET_H_

#include <cstdint>
#include <vector>

#include "etch/nn/child.h"
#include "etch/nn/layers/activation.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/convolution.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"
#include "etch/nn/layers/pooling.h"

namespace etch::nn::models {

// What both kinds of block are made of: the channels of the input, those within the block, and the
// step of its spatial convolution. The input is added to the result as it is, or through
// `downsample` (a convolution of size 1 and a norm) where shapes differ.
struct ResNetBlockOptions {
  int64_t in_channels = 0;
  int64_t channels = 0;
  int64_t stride = 1;
};

// Two convolutions of size 3. x [n, in_channels, h, w], result [n, channels, h / stride, w /
// stride].
class BasicBlock : public Module {
 public:
  using Options = ResNetBlockOptions;
  static constexpr int64_t kExpansion = 1;
  explicit BasicBlock(Options options);

  Tensor forward(const Tensor& x);

  Child<Conv2d> conv1;
  Child<BatchNorm2d> bn1;
  Child<ReLU> relu;
  Child<Conv2d> conv2;
  Child<BatchNorm2d> bn2;
  Child<Sequential> downsample;  // may be null
};

// Convolutions of sizes 1, 3 and 1, the last to four times as many channels.
class Bottleneck : public Module {
 public:
  using Options = ResNetBlockOptions;
  static constexpr int64_t kExpansion = 4;
  explicit Bottleneck(Options options);

  Tensor forward(const Tensor& x);

  Child<Conv2d> conv1;
  Child<BatchNorm2d> bn1;
  Child<Conv2d> conv2;
  Child<BatchNorm2d> bn2;
  Child<Conv2d> conv3;
  Child<BatchNorm2d> bn3;
  Child<ReLU> relu;
  Child<Sequential> downsample;  // may be null
};

struct ResNetOptions {
  std::vector<int64_t> layers = {2, 2, 2, 2};  // blocks at each of four scales
  bool bottleneck = false;
  int64_t num_classes = 1000;
  int64_t width = 64;  // channels of the first scale, doubled at each further one
};

// Images [n, 3, h, w] to logits [n, num_classes]. Initially as torchvision's: filters normal by
// init::kaiming_normal_ (fan out, ReLU).
// State: "conv1.weight", "layer1.0.bn1.running_mean", "layer2.0.downsample.0.weight", ...,
// "fc.bias"; 122 entries and 11,689,512 parameters of resnet18, 320 and 25,557,032 of resnet50.
// Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2015,
// arXiv:1512.03385; with the stride in the convolution of size 3.
class ResNet : public Module {
 public:
  using Options = ResNetOptions;
  explicit ResNet(Options options);

  Tensor forward(Tensor x);

  Child<Conv2d> conv1;
  Child<BatchNorm2d> bn1;
  Child<ReLU> relu;
  Child<MaxPool2d> maxpool;
  Child<Sequential> layer1, layer2, layer3, layer4;
  Child<AdaptiveAvgPool2d> avgpool;
  Child<Linear> fc;
};

// The depths of the paper.
ResNetOptions resnet18(int64_t num_classes = 1000);
ResNetOptions resnet34(int64_t num_classes = 1000);
ResNetOptions resnet50(int64_t num_classes = 1000);
ResNetOptions resnet101(int64_t num_classes = 1000);
ResNetOptions resnet152(int64_t num_classes = 1000);

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_RESNET_H_
