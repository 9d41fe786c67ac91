// The largest and smallest elements, and where they are.
#ifndef ETCH_FRONTEND_OPS_CHOICE_H_
#define ETCH_FRONTEND_OPS_CHOICE_H_

#include <optional>
#include <source_location>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// Elements of a tensor and their positions (i64) along the dimension they were chosen along.
struct Chosen {
  Tensor values;
  Tensor indices;
};

// The largest (smallest) elements along `dim`, as torch.max and torch.min. Of equal elements the
// first is chosen, and the first NaN before every number. The gradient goes to the chosen element
// alone; amax and amin share it. `dim` counts from the end when negative; it is dropped from the
// result's shape unless `keepdim`. Dtypes: all but bool.
// Throws etch::Error where there is nothing to choose from.
Chosen max(const Tensor& x, int64_t dim, bool keepdim = false, Loc loc = Loc::current());
Chosen min(const Tensor& x, int64_t dim, bool keepdim = false, Loc loc = Loc::current());
// Of all elements. The gradient is shared evenly by equal ones, as torch.max(x) does it.
Tensor max(const Tensor& x, Loc loc = Loc::current());
Tensor min(const Tensor& x, Loc loc = Loc::current());

// The positions alone. Without `dim`, in the flattened tensor.
Tensor argmax(const Tensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
              Loc loc = Loc::current());
Tensor argmin(const Tensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false,
              Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CHOICE_H_
