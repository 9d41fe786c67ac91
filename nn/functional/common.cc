#include "etch/nn/functional/common.h"

#include "etch/frontend/ops.h"
#include "etch/frontend/scope.h"

namespace etch::nn::detail {

Tensor constant(const Tensor& x, double value) { return full({}, value, x.dtype()); }

Tensor raised_to(const Tensor& x, double low) {
  Tensor value = x.detach();
  return where(value < low, (x - value) + low, x);
}

Tensor gathered(const Tensor& loss, Reduction reduction) {
  switch (reduction) {
    case Reduction::kNone:
      return loss;
    case Reduction::kMean:
      return mean(loss);
    case Reduction::kSum:
      return sum(loss);
    case Reduction::kBatchMean:
      return sum(loss) / static_cast<double>(loss.dim() == 0 ? 1 : loss.size(0));
  }
  throw Error("nn: unknown reduction");
}

void check_same_shape(const char* op, const Tensor& x, const Tensor& target,
                      std::source_location loc) {
  if (x.shape() != target.shape())
    frontend::fail({op, loc}, "input " + x.shape().to_string() + " and target " +
                                  target.shape().to_string() + " differ in shape");
}

}  // namespace etch::nn::detail
