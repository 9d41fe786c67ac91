// A module is called with what its forward() takes.
#include "etch/nn/nn.h"

void misuse(etch::Tensor x) { etch::nn::make<etch::nn::ReLU>()(x, x); }
