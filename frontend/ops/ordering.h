// Along one dimension: cumulative sums, sorting.
#ifndef ETCH_FRONTEND_OPS_ORDERING_H_
#define ETCH_FRONTEND_OPS_ORDERING_H_

#include <source_location>

#include "etch/frontend/ops/choice.h"
#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// result[i] = x[0] + ... + x[i] along `dim`. Integers and booleans are summed in i64, f16 and bf16
// in f32.
Tensor cumsum(const Tensor& x, int64_t dim, Loc loc = Loc::current());

// The elements along `dim` in ascending (or descending) order, and where they were. Stable: equal
// elements keep their order. NaN counts as larger than every number.
Chosen sort(const Tensor& x, int64_t dim = -1, bool descending = false, Loc loc = Loc::current());
// The indices alone.
Tensor argsort(const Tensor& x, int64_t dim = -1, bool descending = false,
               Loc loc = Loc::current());
// The `k` largest (or smallest) elements along `dim`, in order, and where they were. Of equal
// elements the first come first. Throws etch::Error when there are fewer than `k`.
Chosen topk(const Tensor& x, int64_t k, int64_t dim = -1, bool largest = true,
            Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_ORDERING_H_
