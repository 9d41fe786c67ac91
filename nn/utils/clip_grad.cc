#include "etch/nn/utils/clip_grad.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/state.h"
#include "etch/frontend/tap.h"

namespace etch::nn::utils {
namespace {

bool is_infinite(double norm_type) { return std::isinf(norm_type) && norm_type > 0; }

// The norm of one gradient before the last root.
Tensor partial_norm(const Tensor& grad, double norm_type) {
  if (is_infinite(norm_type)) return amax(abs(grad));
  if (norm_type == 2) return sum(square(grad));
  if (norm_type == 1) return sum(abs(grad));
  return sum(pow(abs(grad), norm_type));
}

Tensor root(const Tensor& total, double norm_type) {
  if (is_infinite(norm_type) || norm_type == 1) return total;
  return norm_type == 2 ? sqrt(total) : pow(total, 1 / norm_type);
}

void check_finite(double norm, const std::string& at) {
  if (std::isfinite(norm)) return;
  throw Error("clip_grad_norm_: the norm of the gradients is " + absl::StrCat(norm) +
              ", so they cannot be clipped; error_if_nonfinite = false scales them all the same" +
              at);
}

std::string at(const std::source_location& loc) {
  std::string file = loc.file_name();
  return " (" + file.substr(file.rfind('/') + 1) + ":" + std::to_string(loc.line()) + ")";
}

}  // namespace

Tensor clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite, std::source_location loc) {
  if (!(norm_type > 0))
    throw Error("clip_grad_norm_: norm_type " + absl::StrCat(norm_type) +
                " is neither above 0 nor infinity");
  NoGradGuard no_grad;
  Tensor total;
  for (const Tensor& p : parameters) {
    Tensor grad = p.grad();
    if (!grad.defined()) continue;
    Tensor part = partial_norm(grad, norm_type);
    total = !total.defined() ? part : is_infinite(norm_type) ? maximum(total, part) : total + part;
  }
  if (!total.defined()) return zeros({});
  Tensor norm = root(total, norm_type);
  if (error_if_nonfinite && frontend::is_tracing()) {
    frontend::record_tap("clip_grad_norm_", {norm}, [where = at(loc)](auto views) {
      check_finite(views.front().at(0), where);
    });
  } else if (error_if_nonfinite) {
    check_finite(norm.item<double>(), at(loc));
  }
  Tensor scale = minimum(max_norm / (norm + 1e-6), ones({}, norm.dtype()));
  for (Tensor p : parameters)
    if (Tensor grad = p.grad(); grad.defined()) p.set_grad(grad * cast(scale, grad.dtype()));
  return norm;
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  if (!(clip_value >= 0))
    throw Error("clip_grad_value_: the value " + absl::StrCat(clip_value) + " is negative");
  NoGradGuard no_grad;
  for (Tensor p : parameters)
    if (Tensor grad = p.grad(); grad.defined()) p.set_grad(clamp(grad, -clip_value, clip_value));
}

}  // namespace etch::nn::utils
