#ifndef ETCH_NN_OPTIM_ADAGRAD_H_
#define ETCH_NN_OPTIM_ADAGRAD_H_

#include <vector>

#include "etch/nn/optim/optimizer.h"

namespace etch::nn::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;
  double initial_accumulator_value = 0;  // fixed when a parameter gets its first gradient
  double eps = 1e-10;
  bool maximize = false;  // climbs: takes -grad for grad
};

// By PyTorch's formulas, at step t:
//
//   g = grad + weight_decay * p
//   s = s + g^2                                      (s = initial_accumulator_value at first)
//   p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)
//
// Source: Duchi, Hazan, Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
// Optimization", JMLR 2011.
class Adagrad : public Optimizer {
 public:
  using Options = AdagradOptions;
  using ParamGroup = ParamGroupOf<Options>;
  // Throws etch::Error for options out of range.
  explicit Adagrad(const std::vector<Tensor>& params, const Options& options = {});
  explicit Adagrad(const std::vector<ParamGroup>& groups);
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

#endif  // ETCH_NN_OPTIM_ADAGRAD_H_
