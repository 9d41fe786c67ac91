// Sums of products.
#ifndef ETCH_FRONTEND_OPS_CONTRACTION_H_
#define ETCH_FRONTEND_OPS_CONTRACTION_H_

#include <optional>
#include <string_view>
#include <vector>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// The last two dimensions are matrices, leading ones broadcast; operands of one dimension are
// vectors. result[..., m, n] = sum_k a[..., m, k] b[..., k, n]. Dtypes promote; f16 and bf16 are
// summed in f32, integers wrap around. Throws for booleans, for tensors without dimensions and
// where the inner extents differ.
Tensor matmul(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
// The same for operands of exactly these dimensions: [m, k] [k, n]; [b, m, k] [b, k, n]; [m, k]
// [k]; [k] [k].
Tensor mm(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor bmm(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor mv(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor dot(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
// result[i, j] = a[i] b[j] of vectors.
Tensor outer(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
// beta * input + alpha * (a b) of matrices, to which input broadcasts.
Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, const Number& beta = 1,
             const Number& alpha = 1, Loc loc = Loc::current());

// x [..., in] times weight [out, in] transposed, plus bias [out]; result [..., out].
Tensor linear(const Tensor& x, const Tensor& weight,
              const std::optional<Tensor>& bias = std::nullopt, Loc loc = Loc::current());

// Products of the operands' elements summed over letters that the result lacks, as torch.einsum:
//
//   einsum("bij,bjk->bik", {a, b})   products of matrices
//   einsum("ii->i", {a})             a letter twice in one operand: its diagonal
//   einsum("...ij->...ji", {a})      "..." stands for leading dimensions, which broadcast
//   einsum("ij,jk", {a, b})          without an arrow: the letters that occur once, in alphabetical
//                                    order, after those of "..."
//
// Operands are combined from left to right, each pair by one matmul. Throws where letters and
// dimensions, or the extents of a letter, do not agree.
Tensor einsum(std::string_view equation, const std::vector<Tensor>& operands,
              Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CONTRACTION_H_
