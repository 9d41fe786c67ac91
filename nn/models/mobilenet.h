// MobileNetV2 with torchvision's names.
#ifndef ETCH_NN_MODELS_MOBILENET_H_
#define ETCH_NN_MODELS_MOBILENET_H_

#include <cstdint>
#include <vector>

#include "etch/nn/child.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/convolution.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"

namespace etch::nn::models {

struct InvertedResidualOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t stride = 1;     // 1 or 2
  int64_t expansion = 1;  // channels within the block, for one of the input
};

// Widens the channels, filters each alone, narrows them again; added to the input where shapes are
// equal.
class InvertedResidual : public Module {
 public:
  using Options = InvertedResidualOptions;
  explicit InvertedResidual(Options options);

  Tensor forward(const Tensor& x);

 private:
  bool residual_;

 public:
  Child<Sequential> conv;
};

// `count` blocks of `channels`, the first with `stride`.
struct MobileNetStage {
  int64_t expansion = 1;
  int64_t channels = 0;
  int64_t count = 1;
  int64_t stride = 1;
};

struct MobileNetV2Options {
  int64_t num_classes = 1000;
  double width = 1;  // factor of all channels, which are multiples of 8
  double dropout = 0.2;
  std::vector<MobileNetStage> stages = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                        {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
};

// Images [n, 3, h, w] to logits [n, num_classes]. Initially as torchvision's.
// State: "features.0.0.weight", "features.1.conv.0.0.weight", ..., "classifier.1.bias"; 314 entries
// and 3,504,872 parameters by default.
// Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
// arXiv:1801.04381.
class MobileNetV2 : public Module {
 public:
  using Options = MobileNetV2Options;
  explicit MobileNetV2(Options options);

  Tensor forward(const Tensor& x);

  Child<Sequential> features;
  Child<Sequential> classifier;
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_MOBILENET_H_
