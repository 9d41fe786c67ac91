// Matrix products.
#ifndef ETCH_FRONTEND_OPS_CONTRACTION_H_
#define ETCH_FRONTEND_OPS_CONTRACTION_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// torch.matmul for operands of rank 1 and more: the last two dimensions are matrices, leading
// dimensions broadcast; rank-1 operands are vectors. result[..., m, n] = sum_k a[..., m, k] b[...,
// k, n].
Tensor matmul(const Tensor& a, const Tensor& b, Loc loc = Loc::current());

// x [..., in] times weight [out, in] transposed, plus bias [out]; result [..., out].
Tensor linear(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CONTRACTION_H_
