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
};

struct AdamWOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;
};

namespace internal {

// What Adam and AdamW share; they differ in where weight decay goes.
class AdamBase : public Optimizer {
 protected:
  struct Settings {
    double beta1, beta2, eps, weight_decay;
    bool decoupled;
  };
  AdamBase(std::vector<Group> groups, std::vector<Settings> settings);

  std::vector<Tensor> shared_scalars(int64_t group, const Tensor& lr,
                                     const Tensor& step) const override;
  std::vector<std::string> slot_names(int64_t group) const override;
  void update(int64_t group, Tensor parameter, const Tensor& grad, std::vector<Tensor>& slots,
              const std::vector<Tensor>& scalars) const override;

 private:
  std::vector<Settings> settings_;
};

}  // namespace internal

// By PyTorch's formulas, at step t:
//
//   g = grad + weight_decay * p
//   m = beta1 * m + (1 - beta1) * g
//   v = beta2 * v + (1 - beta2) * g^2
//   p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//
// Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2014, arXiv:1412.6980.
class Adam : public internal::AdamBase {
 public:
  using Options = AdamOptions;
  struct ParamGroup {
    std::vector<Tensor> params;
    Options options;
  };
  // Throws etch::Error for options out of range.
  explicit Adam(std::vector<Tensor> params, const Options& options = {});
  explicit Adam(std::vector<ParamGroup> groups);
};

// As Adam with g = grad, and p = p - lr * weight_decay * p before the update.
// Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", 2017, arXiv:1711.05101.
class AdamW : public internal::AdamBase {
 public:
  using Options = AdamWOptions;
  struct ParamGroup {
    std::vector<Tensor> params;
    Options options;
  };
  explicit AdamW(std::vector<Tensor> params, const Options& options = {});
  explicit AdamW(std::vector<ParamGroup> groups);
};

}  // namespace etch::nn::optim

#endif  // ETCH_NN_OPTIM_ADAM_H_
