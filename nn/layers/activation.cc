#include "etch/nn/layers/activation.h"

#include "etch/nn/functional.h"

namespace etch::nn {

Tensor ReLU::forward(const Tensor& x) { return functional::relu(x); }

GELU::GELU(Options options) : options_(std::move(options)) {
  if (options_.approximate != "none" && options_.approximate != "tanh")
    throw Error("GELU: approximate = \"" + options_.approximate +
                "\", must be \"none\" or \"tanh\"");
}

Tensor GELU::forward(const Tensor& x) {
  return functional::gelu(x, options_.approximate == "tanh");
}

Tensor Softmax::forward(const Tensor& x) { return functional::softmax(x, options_.dim); }

}  // namespace etch::nn
