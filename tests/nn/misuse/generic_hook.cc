// A lambda that fits graph hooks and taps alike is refused.
#include "etch/nn/nn.h"

void misuse() {
  auto net = etch::nn::make<etch::nn::ReLU>();
  net->register_forward_hook([](auto&, auto, auto) {});
}
