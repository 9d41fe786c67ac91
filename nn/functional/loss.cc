#include "etch/nn/functional/loss.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/common.h"

namespace etch::nn::functional {
namespace {

using detail::check_same_shape;
using detail::constant;
using detail::gathered;
using frontend::fail;
using frontend::LocScope;

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction, Loc loc) {
  check_same_shape("mse_loss", x, target, loc);
  LocScope line(loc);
  return gathered(square(x - target), reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, Reduction reduction, Loc loc) {
  check_same_shape("l1_loss", x, target, loc);
  LocScope line(loc);
  return gathered(abs(x - target), reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, const SmoothL1LossOptions& options,
                      Loc loc) {
  check_same_shape("smooth_l1_loss", x, target, loc);
  double beta = options.beta;
  if (!(beta >= 0))
    fail({"smooth_l1_loss", loc}, "beta is " + absl::StrCat(beta) + ", must be 0 or more");
  if (beta == 0) return l1_loss(x, target, options.reduction, loc);
  LocScope line(loc);
  Tensor d = x - target, size = abs(d);
  return gathered(where(size < beta, square(d) * (0.5 / beta), size - 0.5 * beta),
                  options.reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, const HuberLossOptions& options, Loc loc) {
  check_same_shape("huber_loss", x, target, loc);
  double delta = options.delta;
  if (!(delta > 0))
    fail({"huber_loss", loc}, "delta is " + absl::StrCat(delta) + ", must be above 0");
  LocScope line(loc);
  Tensor d = x - target, size = abs(d);
  return gathered(where(size <= delta, square(d) * 0.5, (size - 0.5 * delta) * delta),
                  options.reduction);
}

Tensor kl_div(const Tensor& x, const Tensor& target, const KLDivOptions& options, Loc loc) {
  check_same_shape("kl_div", x, target, loc);
  LocScope line(loc);
  if (options.log_target) return gathered(exp(target) * (target - x), options.reduction);
  Tensor is_zero = target == 0.0;
  Tensor entropy = target * log(where(is_zero, constant(target, 1), target));
  return gathered(where(is_zero, constant(target, 0), entropy) - target * x, options.reduction);
}

Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, const PoissonNLLLossOptions& options,
                        Loc loc) {
  check_same_shape("poisson_nll_loss", x, target, loc);
  LocScope line(loc);
  Tensor loss = options.log_input ? exp(x) - target * x : x - target * log(x + options.eps);
  if (options.full) {
    Tensor large = target > 1.0;
    Tensor n = where(large, target, 1.0);
    Tensor stirling = n * log(n) - n + log(n * (2 * std::numbers::pi)) * 0.5;
    loss = loss + where(large, stirling, 0.0);
  }
  return gathered(loss, options.reduction);
}

Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& var,
                         const GaussianNLLLossOptions& options, Loc loc) {
  check_same_shape("gaussian_nll_loss", x, target, loc);
  Shape shape = x.shape(), shared = x.shape();
  if (x.dim() > 0) shared[-1] = 1;
  bool lacks_last = var.dim() + 1 == x.dim() &&
                    std::ranges::equal(var.shape().extents(),
                                       std::span(shape.extents()).first(var.shape().size()));
  if (var.shape() != shape && var.shape() != shared && !lacks_last)
    fail({"gaussian_nll_loss", loc}, "var " + var.shape().to_string() + " fits input " +
                                         shape.to_string() + " neither whole nor row by row");
  if (!(options.eps > 0))
    fail({"gaussian_nll_loss", loc}, "eps is " + absl::StrCat(options.eps) + ", must be above 0");
  LocScope line(loc);
  Tensor v = lacks_last ? reshape(var, shared) : var;
  v = detail::raised_to(v, options.eps);
  Tensor loss = (log(v) + square(x - target) / v) * 0.5;
  if (options.full) loss = loss + 0.5 * std::log(2 * std::numbers::pi);
  return gathered(loss, options.reduction);
}

}  // namespace etch::nn::functional
