// Shapes and places. None of these computes; most cost nothing after compilation.
#ifndef ETCH_FRONTEND_OPS_MOVEMENT_H_
#define ETCH_FRONTEND_OPS_MOVEMENT_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

Tensor reshape(const Tensor& x, const Shape& shape,
               Loc loc = Loc::current());  // one extent may be -1
Tensor transpose(const Tensor& x, int64_t a, int64_t b, Loc loc = Loc::current());
Tensor permute(const Tensor& x, std::vector<int64_t> dims, Loc loc = Loc::current());
Tensor expand(const Tensor& x, const Shape& shape, Loc loc = Loc::current());  // as broadcast_to
Tensor squeeze(const Tensor& x, int64_t dim, Loc loc = Loc::current());
Tensor unsqueeze(const Tensor& x, int64_t dim, Loc loc = Loc::current());
Tensor flatten(const Tensor& x, int64_t start = 0, int64_t end = -1, Loc loc = Loc::current());
// x[start:stop:step] along `dim`; bounds clamp as in Python.
Tensor slice(const Tensor& x, int64_t dim, int64_t start, int64_t stop, int64_t step = 1,
             Loc loc = Loc::current());
Tensor select(const Tensor& x, int64_t dim, int64_t index, Loc loc = Loc::current());
std::vector<Tensor> split(const Tensor& x, int64_t size, int64_t dim = 0, Loc loc = Loc::current());
std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim = 0,
                          Loc loc = Loc::current());
Tensor cat(const std::vector<Tensor>& tensors, int64_t dim = 0, Loc loc = Loc::current());
Tensor stack(const std::vector<Tensor>& tensors, int64_t dim = 0, Loc loc = Loc::current());
// Zeros before and after each dimension, innermost first, as torch.nn.functional.pad.
Tensor pad(const Tensor& x, std::vector<int64_t> padding, Loc loc = Loc::current());
// The elements in the opposite order along `dims`.
Tensor flip(const Tensor& x, const std::vector<int64_t>& dims, Loc loc = Loc::current());
Tensor tril(const Tensor& x, int64_t diagonal = 0, Loc loc = Loc::current());
Tensor triu(const Tensor& x, int64_t diagonal = 0, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_MOVEMENT_H_
