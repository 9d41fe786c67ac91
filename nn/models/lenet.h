// A LeNet as tutorials have it now, with BatchNorm and Dropout.
#ifndef ETCH_NN_MODELS_LENET_H_
#define ETCH_NN_MODELS_LENET_H_

#include <cstdint>

#include "etch/nn/child.h"
#include "etch/nn/layers/convolution.h"
#include "etch/nn/layers/dropout.h"
#include "etch/nn/layers/linear.h"
#include "etch/nn/layers/normalization.h"

namespace etch::nn::models {

struct LeNetOptions {
  int64_t classes = 10;
  double dropout = 0.5;
};

// Two convolutions of 3 x 3 with 32 and 64 channels, each with BatchNorm, ReLU and a maximum over
// 2 x 2, and two linear layers: images [batch, 1, 28, 28] to logits [batch, classes].
// After: LeCun et al., "Gradient-based learning applied to document recognition", 1998.
class LeNet : public Module {
 public:
  using Options = LeNetOptions;
  explicit LeNet(Options options);

  Tensor forward(Tensor x);

  Child<Conv2d> c1;
  Child<BatchNorm2d> b1;
  Child<Conv2d> c2;
  Child<BatchNorm2d> b2;
  Child<Dropout> d;
  Child<Linear> f1, f2;
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_LENET_H_
