#include "etch/nn/functional/dropout.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {

Tensor dropout(const Tensor& x, double p, bool training, const std::optional<Tensor>& state,
               Loc loc) {
  if (!(p >= 0 && p <= 1))
    frontend::fail({"dropout", loc}, "the probability " + std::to_string(p) + " is not in [0, 1]");
  if (!training || p == 0) return x;
  return etch::dropout(x, p, state ? *state : frontend::default_random_state(), loc);
}

}  // namespace etch::nn::functional
