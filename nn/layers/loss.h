// Losses as modules.
#ifndef ETCH_NN_LAYERS_LOSS_H_
#define ETCH_NN_LAYERS_LOSS_H_

#include "etch/nn/functional.h"
#include "etch/nn/module.h"

namespace etch::nn {

// See functional::cross_entropy.
class CrossEntropyLoss : public LibraryModule {
 public:
  using Options = functional::CrossEntropyOptions;
  explicit CrossEntropyLoss(Options options) : options_(options) {}
  CrossEntropyLoss() : CrossEntropyLoss(Options{}) {}
  Tensor forward(const Tensor& logits, const Tensor& target);

 private:
  Options options_;
};

struct MSELossOptions {
  Reduction reduction = Reduction::kMean;
};
// See functional::mse_loss.
class MSELoss : public LibraryModule {
 public:
  using Options = MSELossOptions;
  explicit MSELoss(Options options) : options_(options) {}
  MSELoss() : MSELoss(Options{}) {}
  Tensor forward(const Tensor& x, const Tensor& target);

 private:
  Options options_;
};

}  // namespace etch::nn

#endif  // ETCH_NN_LAYERS_LOSS_H_
