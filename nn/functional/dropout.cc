#include "etch/nn/functional/dropout.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"
#include "etch/nn/functional/common.h"

namespace etch::nn::functional {
namespace {

using frontend::fail;
using frontend::LocScope;
using frontend::Site;

void check_probability(const Site& site, double p) {
  if (!(p >= 0 && p <= 1)) fail(site, "the probability " + absl::StrCat(p) + " is not in [0, 1]");
}

Tensor state_or_default(const std::optional<Tensor>& state) {
  return state ? *state : frontend::default_random_state();
}

// One draw for each of the first `leading` dimensions, the same for the rest.
Tensor dropout_rest(const Site& site, const Tensor& x, int64_t leading, double p, bool training,
                    const std::optional<Tensor>& state) {
  check_probability(site, p);
  if (!training || p == 0) return x;
  LocScope line(site.loc);
  Shape shape = x.shape();
  for (int64_t i = leading; i < shape.rank(); ++i) shape[i] = 1;
  return x * etch::dropout(ones(shape, x.dtype()), p, state_or_default(state));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, const std::optional<Tensor>& state,
               Loc loc) {
  check_probability({"dropout", loc}, p);
  if (!training || p == 0) return x;
  return etch::dropout(x, p, state_or_default(state), loc);
}

Tensor dropout1d(const Tensor& x, double p, bool training, const std::optional<Tensor>& state,
                 Loc loc) {
  Site site{"dropout1d", loc};
  if (x.dim() != 2 && x.dim() != 3)
    fail(site, "expected 2D or 3D input, got " + x.shape().to_string());
  return dropout_rest(site, x, x.dim() - 1, p, training, state);
}

Tensor dropout2d(const Tensor& x, double p, bool training, const std::optional<Tensor>& state,
                 Loc loc) {
  Site site{"dropout2d", loc};
  if (x.dim() != 3 && x.dim() != 4)
    fail(site, "expected 3D or 4D input, got " + x.shape().to_string());
  return dropout_rest(site, x, 2, p, training, state);
}

Tensor alpha_dropout(const Tensor& x, double p, bool training, const std::optional<Tensor>& state,
                     Loc loc) {
  check_probability({"alpha_dropout", loc}, p);
  if (!training || p == 0) return x;
  LocScope line(loc);
  if (p == 1) return x * 0.0;
  constexpr double kLimit = -1.7580993408473766;  // -scale * alpha of SELU
  double scale = 1 / std::sqrt((kLimit * kLimit * p + 1) * (1 - p));
  double shift = -scale * kLimit * p;
  Tensor keep = rand_from(state_or_default(state), x.shape()) >= p;
  return where(keep, x, detail::constant(x, kLimit)) * scale + shift;
}

}  // namespace etch::nn::functional
