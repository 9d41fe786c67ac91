// Adam and AdamW.
#ifndef ETCH_NN_OPTIM_ADAM_H_
#define ETCH_NN_OPTIM_ADAM_H_

#include <utility>
#include <vector>

#include "etch/nn/optim/optimizer.h"

namespace etch::nn::optim {

struct AdamOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool maximize = false;  // climbs: takes -grad for grad
};

struct AdamWOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;
  bool amsgrad = false;
  bool maximize = false;
};

namespace internal {

// What Adam and AdamW share; they differ in where weight decay goes.
class AdamBase : public Optimizer {
 protected:
  AdamBase(const char* name, bool decoupled) : Optimizer(name), decoupled_(decoupled) {}
  void add(const std::vector<Tensor>& params, const AdamOptions& options);

  Named shared_scalars(int64_t group, const Named& options, const Tensor& step) const override;
  std::vector<Slot> slots(int64_t group) const override;
  void update(int64_t group, Tensor parameter, const Tensor& grad, Named& slots,
              const Named& scalars) const override;

 private:
  bool decoupled_;
  std::vector<AdamOptions> options_;
};

}  // namespace internal

// By PyTorch's formulas, at step t:
//
//   g = grad + weight_decay * p
//   m = beta1 * m + (1 - beta1) * g
//   v = beta2 * v + (1 - beta2) * g^2
//   w = amsgrad ? max(w, v) : v
//   p = p - lr / (1 - beta1^t) * m / (sqrt(w) / sqrt(1 - beta2^t) + eps)
//
// Sources: Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2014, arXiv:1412.6980;
// amsgrad: Reddi, Kale, Kumar, "On the Convergence of Adam and Beyond", ICLR 2018.
class Adam : public internal::AdamBase {
 public:
  using Options = AdamOptions;
  using ParamGroup = ParamGroupOf<Options>;
  // Throws etch::Error for options out of range.
  explicit Adam(const std::vector<Tensor>& params, const Options& options = {});
  explicit Adam(const std::vector<ParamGroup>& groups);
  // Parameters to train from now on. Not within a trace.
  void add_param_group(const ParamGroup& group);
};

// As Adam with g = grad, and p = p - lr * weight_decay * p before the update.
// Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", 2017, arXiv:1711.05101.
class AdamW : public internal::AdamBase {
 public:
  using Options = AdamWOptions;
  using ParamGroup = ParamGroupOf<Options>;
  explicit AdamW(const std::vector<Tensor>& params, const Options& options = {});
  explicit AdamW(const std::vector<ParamGroup>& groups);
  void add_param_group(const ParamGroup& group);
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_ADAM_H_
