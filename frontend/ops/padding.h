// Tensors with a border.
#ifndef ETCH_FRONTEND_OPS_PADDING_H_
#define ETCH_FRONTEND_OPS_PADDING_H_

#include <cstdint>
#include <vector>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

enum class PadMode : uint8_t {
  kConstant,   // one value everywhere
  kReflect,    // mirrored at the outermost element, which is not repeated
  kReplicate,  // the outermost element again and again
  kCircular,   // what lies at the other end
};

// Elements before and after each dimension, the last dimension first, as
// torch.nn.functional.pad: {left, right, top, bottom} of an image. Negative numbers take elements
// away. All dtypes. Throws for more numbers than two a dimension, for a reflection of the whole
// extent or more, and for a circle of more than the extent.
Tensor pad(const Tensor& x, const std::vector<int64_t>& padding, PadMode mode, double value = 0,
           Loc loc = Loc::current());
// With zeros.
Tensor pad(const Tensor& x, const std::vector<int64_t>& padding, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_PADDING_H_
