// Losses between an input and a target of the same shape. Losses of classes stand in
// classification.h, those of pairs and triples in distance.h.
//
// Every function throws etch::Error when shapes differ, and gathers by options.reduction: kNone
// gives one loss an element, else a scalar.
#ifndef ETCH_NN_FUNCTIONAL_LOSS_H_
#define ETCH_NN_FUNCTIONAL_LOSS_H_

#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"
#include "etch/nn/functional/reduction.h"

namespace etch::nn::functional {

using Loc = std::source_location;

// (x - target)^2
Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::kMean,
                Loc loc = Loc::current());
// |x - target|
Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction = Reduction::kMean,
               Loc loc = Loc::current());

struct SmoothL1LossOptions {
  Reduction reduction = Reduction::kMean;
  double beta = 1;  // 0: the L1 loss
};
// With d = |x - target|: d^2 / (2 beta) where d < beta, else d - beta / 2.
// Throws etch::Error for a negative beta.
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target,
                      const SmoothL1LossOptions& options = {}, Loc loc = Loc::current());

struct HuberLossOptions {
  Reduction reduction = Reduction::kMean;
  double delta = 1;
};
// With d = |x - target|: d^2 / 2 where d <= delta, else delta * (d - delta / 2).
// Throws etch::Error unless delta > 0. Source: Huber, "Robust Estimation of a Location Parameter",
// 1964.
Tensor huber_loss(const Tensor& x, const Tensor& target, const HuberLossOptions& options = {},
                  Loc loc = Loc::current());

struct KLDivOptions {
  Reduction reduction = Reduction::kMean;  // kBatchMean is the divergence as the books define it
  bool log_target = false;
};
// Kullback and Leibler's divergence of the distribution exp(x) from `target`, which holds
// probabilities, or their logarithms with log_target:
//
//   target * (log(target) - x), 0 where target is 0;   exp(target) * (target - x)
Tensor kl_div(const Tensor& x, const Tensor& target, const KLDivOptions& options = {},
              Loc loc = Loc::current());

struct PoissonNLLLossOptions {
  bool log_input = true;  // x is the logarithm of the rate
  bool full = false;      // adds Stirling's approximation of log(target!) where target > 1
  double eps = 1e-8;      // keeps log(x) finite without log_input
  Reduction reduction = Reduction::kMean;
};
// Negative log-likelihood of Poisson counts `target`, but for log(target!):
// exp(x) - target * x, or x - target * log(x + eps) without log_input.
Tensor poisson_nll_loss(const Tensor& x, const Tensor& target,
                        const PoissonNLLLossOptions& options = {}, Loc loc = Loc::current());

struct GaussianNLLLossOptions {
  bool full = false;  // adds log(2 pi) / 2
  double eps = 1e-6;  // `var` counts as this where it is less; the gradient passes unchanged
  Reduction reduction = Reduction::kMean;
};
// (log(var) + (x - target)^2 / var) / 2. `var` has the shape of x, or lacks its last dimension, or
// has extent 1 there.
Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& var,
                         const GaussianNLLLossOptions& options = {}, Loc loc = Loc::current());

}  // namespace etch::nn::functional

#endif  // ETCH_NN_FUNCTIONAL_LOSS_H_
