// A tap cannot replace an output.
#include "etch/nn/nn.h"

void misuse() {
  auto net = etch::nn::make<etch::nn::ReLU>();
  net->register_forward_hook(
      [](etch::nn::Module&, etch::nn::InputViews, etch::TensorView out) { return out; });
}
