// Several tensors as one, and one as several. All dtypes.
#ifndef ETCH_FRONTEND_OPS_JOINING_H_
#define ETCH_FRONTEND_OPS_JOINING_H_

#include <vector>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// One after the other along `dim`, in the promoted dtype. Other extents must agree.
Tensor cat(const std::vector<Tensor>& tensors, int64_t dim = 0, Loc loc = Loc::current());
// Along a new dimension; shapes must agree.
Tensor stack(const std::vector<Tensor>& tensors, int64_t dim = 0, Loc loc = Loc::current());

// Parts of `size` along `dim`, the last one smaller where they do not fill it.
std::vector<Tensor> split(const Tensor& x, int64_t size, int64_t dim = 0, Loc loc = Loc::current());
// Parts of these sizes, which must add up to the extent.
std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, int64_t dim = 0,
                          Loc loc = Loc::current());
// `chunks` parts of one size, the last one smaller; fewer where the extent does not yield them.
std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim = 0,
                          Loc loc = Loc::current());
// What x holds at each index of `dim`, without that dimension.
std::vector<Tensor> unbind(const Tensor& x, int64_t dim = 0, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_JOINING_H_
