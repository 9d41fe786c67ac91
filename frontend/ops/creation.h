// New tensors. Deferred: nothing is computed until it is needed.
#ifndef ETCH_FRONTEND_OPS_CREATION_H_
#define ETCH_FRONTEND_OPS_CREATION_H_

#include <optional>
#include <string_view>
#include <vector>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// Values from memory: Tensor::from_data, Tensor::from_bytes, Tensor::scalar.

// Filled with 0, 1 or `value`.
Tensor zeros(const Shape& shape, DType dtype = f32, Loc loc = Loc::current());
Tensor ones(const Shape& shape, DType dtype = f32, Loc loc = Loc::current());
Tensor full(const Shape& shape, double value, DType dtype = f32, Loc loc = Loc::current());
// In the shape of x, and in its dtype unless another is given.
Tensor zeros_like(const Tensor& x, Loc loc = Loc::current());
Tensor ones_like(const Tensor& x, Loc loc = Loc::current());
Tensor full_like(const Tensor& x, double value, std::optional<DType> dtype = std::nullopt,
                 Loc loc = Loc::current());

// Ones on the diagonal of an n x n, or n x m, matrix of zeros.
Tensor eye(int64_t n, DType dtype = f32, Loc loc = Loc::current());
Tensor eye(int64_t n, int64_t m, DType dtype = f32, Loc loc = Loc::current());

// start, start + step, ... without end. Without a dtype: i64 for integers, f32 where one of the
// numbers is floating. Throws for a step of 0 or one that leads away from the end.
Tensor arange(const Number& end, std::optional<DType> dtype = std::nullopt,
              Loc loc = Loc::current());
Tensor arange(const Number& start, const Number& end, const Number& step = 1,
              std::optional<DType> dtype = std::nullopt, Loc loc = Loc::current());
// `steps` numbers at equal distances, start and end among them.
Tensor linspace(double start, double end, int64_t steps, DType dtype = f32,
                Loc loc = Loc::current());

// For tensors of one dimension, n1 to nk elements: k tensors of shape [n1, ..., nk] that vary along
// one dimension each. `indexing` "ij" is that order; "xy" swaps the first two dimensions.
std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, std::string_view indexing = "ij",
                             Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_CREATION_H_
