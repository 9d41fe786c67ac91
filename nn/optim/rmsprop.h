#ifndef ETCH_NN_OPTIM_RMSPROP_H_
#define ETCH_NN_OPTIM_RMSPROP_H_

#include <vector>

#include "etch/nn/optim/optimizer.h"

namespace etch::nn::optim {

struct RMSpropOptions {
  double lr = 1e-2;
  double alpha = 0.99;  // smoothing of the squares
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;  // divides by the estimated deviation instead of the root mean square
  bool maximize = false;  // climbs: takes -grad for grad
};

// By PyTorch's formulas:
//
//   g = grad + weight_decay * p
//   v = alpha * v + (1 - alpha) * g^2
//   a = alpha * a + (1 - alpha) * g                  (centered)
//   d = g / (sqrt(centered ? v - a^2 : v) + eps)
//   b = momentum * b + d                             (b = d without momentum)
//   p = p - lr * b
//
// Sources: Hinton, Tieleman, "Lecture 6.5 - RMSProp", Coursera 2012; centered: Graves, "Generating
// Sequences With Recurrent Neural Networks", 2013, arXiv:1308.0850.
class RMSprop : public Optimizer {
 public:
  using Options = RMSpropOptions;
  using ParamGroup = ParamGroupOf<Options>;
  // Throws etch::Error for options out of range.
  explicit RMSprop(const std::vector<Tensor>& params, const Options& options = {});
  explicit RMSprop(const std::vector<ParamGroup>& groups);
  // Parameters to train from now on. Not within a trace.
  void add_param_group(const ParamGroup& group);

 protected:
  Named shared_scalars(int64_t group, const Named& options, const Tensor& step) const override;
  std::vector<Slot> slots(int64_t group) const override;
  void update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
              const Named& scalars) const override;

 private:
  std::vector<Options> options_;
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_RMSPROP_H_
