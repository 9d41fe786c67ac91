// A module without forward() cannot be called.
#include "etch/nn/nn.h"

struct Empty : etch::nn::Module {};

void misuse(etch::Tensor x) { etch::nn::make<Empty>()(x); }
