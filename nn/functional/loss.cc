#include "etch/nn/functional/loss.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"
#include "etch/frontend/state.h"

namespace etch::nn::functional {

Tensor mse_loss(const Tensor& x, const Tensor& target, Reduction reduction, Loc loc) {
  if (x.shape() != target.shape())
    frontend::fail({"mse_loss", loc}, "input " + x.shape().to_string() + " and target " +
                                          target.shape().to_string() + " differ in shape");
  frontend::LocScope line(loc);
  Tensor loss = square(x - target);
  if (reduction == Reduction::kNone) return loss;
  return reduction == Reduction::kSum ? sum(loss) : mean(loss);
}

}  // namespace etch::nn::functional
