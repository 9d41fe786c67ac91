// Assigning one parameter to another could mean tying or copying; it has to be said.
#include "etch/nn/nn.h"

void misuse() {
  auto net = etch::nn::make<etch::nn::Linear>({.in_features = 1, .out_features = 1});
  net->weight = net->bias;
}
