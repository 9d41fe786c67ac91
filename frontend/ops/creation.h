// New tensors. Deferred: nothing is computed until it is needed.
#ifndef ETCH_FRONTEND_OPS_CREATION_H_
#define ETCH_FRONTEND_OPS_CREATION_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

Tensor zeros(const Shape& shape, DType dtype = f32, Loc loc = Loc::current());
Tensor ones(const Shape& shape, DType dtype = f32, Loc loc = Loc::current());
Tensor full(const Shape& shape, double value, DType dtype = f32, Loc loc = Loc::current());
Tensor eye(int64_t n, DType dtype = f32, Loc loc = Loc::current());
// start, start + step, ... below end.
Tensor arange(int64_t end, DType dtype = i64, Loc loc = Loc::current());
Tensor arange(int64_t start, int64_t end, int64_t step, DType dtype = i64,
              Loc loc = Loc::current());
Tensor zeros_like(const Tensor& x, Loc loc = Loc::current());
Tensor ones_like(const Tensor& x, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CREATION_H_
