#ifndef ETCH_NN_OPTIM_SGD_H_
#define ETCH_NN_OPTIM_SGD_H_

#include <vector>

#include "etch/nn/optim/optimizer.h"

namespace etch::nn::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;  // wants momentum > 0 and no dampening
  bool maximize = false;  // climbs: takes -grad for grad
};

// Stochastic gradient descent, by PyTorch's formulas:
//
//   g = grad + weight_decay * p
//   b = momentum * b + (1 - dampening) * g      (b = g at the first step)
//   p = p - lr * (nesterov ? g + momentum * b : b)
//
// Source of nesterov: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and
// momentum in deep learning", ICML 2013.
class SGD : public Optimizer {
 public:
  using Options = SGDOptions;
  using ParamGroup = ParamGroupOf<Options>;
  // Throws etch::Error for options out of range.
  explicit SGD(const std::vector<Tensor>& params, const Options& options = {});
  explicit SGD(const std::vector<ParamGroup>& groups);
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

#endif  // ETCH_NN_OPTIM_SGD_H_
