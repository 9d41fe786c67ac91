#ifndef ETCH_NN_MODELS_MLP_H_
#define ETCH_NN_MODELS_MLP_H_

#include <cstdint>
#include <vector>

#include "etch/nn/child.h"
#include "etch/nn/layers/containers.h"
#include "etch/nn/layers/linear.h"

namespace etch::nn::models {

struct MlpOptions {
  std::vector<int64_t> sizes = {784, 512, 512, 10};  // of the input, hidden layers and output
};

// Linear layers with ReLU between them. x [..., sizes.front()], result [..., sizes.back()].
// State: "layers.0.weight", "layers.0.bias", ...
class Mlp : public Module {
 public:
  using Options = MlpOptions;
  explicit Mlp(Options options);

  Tensor forward(Tensor x);

  Child<ModuleList<Linear>> layers;
};

}  // namespace etch::nn::models

#endif  // ETCH_NN_MODELS_MLP_H_
