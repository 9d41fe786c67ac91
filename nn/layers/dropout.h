#ifndef ETCH_NN_LAYERS_DROPOUT_H_
#define ETCH_NN_LAYERS_DROPOUT_H_

#include <string>

#include "etch/nn/module.h"
#include "etch/nn/parameter.h"

namespace etch::nn {

struct DropoutOptions {
  double p = 0.5;        // probability of an element to be zeroed
  bool inplace = false;  // accepted for PyTorch's sake; tensors are values
};

// In training, zeroes elements with probability p and scales the rest by 1 / (1 - p); otherwise
// the identity. Each layer has a random state of its own, so that its masks depend on the seed, its
// path and the number of its draws alone.
class Dropout : public LibraryModule {
 public:
  using Options = DropoutOptions;
  explicit Dropout(Options options);
  explicit Dropout(double p) : Dropout(Options{.p = p}) {}
  Dropout() : Dropout(Options{}) {}

  Tensor forward(const Tensor& x);
  const Options& options() const { return options_; }
  std::string extra_repr() const override;

 private:
  Options options_;
  RandomState random_{this};
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_DROPOUT_H_
