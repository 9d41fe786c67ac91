// Comparisons and choices, element by element. Operands broadcast, dtypes promote.
#ifndef ETCH_FRONTEND_OPS_COMPARISON_H_
#define ETCH_FRONTEND_OPS_COMPARISON_H_

#include <optional>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// Results are boolean. Comparisons with NaN are false, but for `ne`.
Tensor eq(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor ne(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor lt(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor le(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor gt(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor ge(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());

// All dtypes; integers and booleans are finite.
Tensor isnan(const Tensor& x, Loc loc = Loc::current());
Tensor isinf(const Tensor& x, Loc loc = Loc::current());
Tensor isfinite(const Tensor& x, Loc loc = Loc::current());
// |a - b| <= atol + rtol * |b|; equal infinities are close, NaN is close to NaN if `equal_nan`.
Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8,
               bool equal_nan = false, Loc loc = Loc::current());

// Of any dtype, as booleans: whether they are not 0.
Tensor logical_and(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor logical_or(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor logical_xor(const Tensor& a, const Tensor& b, Loc loc = Loc::current());
Tensor logical_not(const Tensor& x, Loc loc = Loc::current());

// a where the (boolean) condition holds, else b. No gradient reaches the one that was not chosen;
// it is the gradient of what computed it that may still be NaN: choose its operand too where that
// can happen.
Tensor where(const Tensor& condition, const TensorOrNumber& a, const TensorOrNumber& b,
             Loc loc = Loc::current());
// `value` where the (boolean) `mask` holds, else x; in the dtype of x.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const TensorOrNumber& value,
                   Loc loc = Loc::current());
// x limited to [low, high]; a bound may be absent. NaN stays. The gradient flows where
// low <= x <= high. Throws for booleans, and where both bounds are absent.
Tensor clamp(const Tensor& x, const std::optional<TensorOrNumber>& low,
             const std::optional<TensorOrNumber>& high = std::nullopt, Loc loc = Loc::current());

Tensor operator<(const Tensor& a, const TensorOrNumber& b);
Tensor operator<=(const Tensor& a, const TensorOrNumber& b);
Tensor operator>(const Tensor& a, const TensorOrNumber& b);
Tensor operator>=(const Tensor& a, const TensorOrNumber& b);
Tensor operator==(const Tensor& a, const TensorOrNumber& b);
Tensor operator!=(const Tensor& a, const TensorOrNumber& b);
// Exact matches, since C++20 also tries `==` with its operands swapped; they carry no source line.
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator<(const Number& a, const Tensor& b);
Tensor operator<=(const Number& a, const Tensor& b);
Tensor operator>(const Number& a, const Tensor& b);
Tensor operator>=(const Number& a, const Tensor& b);
Tensor operator!(const Tensor& x);  // logical_not

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_COMPARISON_H_
