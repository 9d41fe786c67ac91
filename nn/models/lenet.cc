#include "etch/nn/models/lenet.h"

#include "etch/frontend/ops.h"
#include "etch/nn/functional.h"

namespace etch::nn::models {

LeNet::LeNet(Options options)
    : c1(this, "c1", {.in_channels = 1, .out_channels = 32, .kernel_size = 3, .padding = 1}),
      b1(this, "b1", {32}),
      c2(this, "c2", {.in_channels = 32, .out_channels = 64, .kernel_size = 3, .padding = 1}),
      b2(this, "b2", {64}),
      d(this, "d", {options.dropout}),
      f1(this, "f1", {64 * 7 * 7, 128}),
      f2(this, "f2", {128, options.classes}) {}

Tensor LeNet::forward(Tensor x) {
  x = functional::max_pool2d(relu(b1(c1(x))), 2);
  x = functional::max_pool2d(relu(b2(c2(x))), 2);
  return f2(d(relu(f1(flatten(x, 1)))));
}

}  // namespace etch::nn::models
