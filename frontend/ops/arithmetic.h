// Functions of two tensors, element by element, and the operators. Operands broadcast as in NumPy
// and dtypes promote as in PyTorch: the higher category of bool < integer < float wins, then the
// wider type; tensors without dimensions and numbers do not widen a tensor of their category.
#ifndef ETCH_FRONTEND_OPS_ARITHMETIC_H_
#define ETCH_FRONTEND_OPS_ARITHMETIC_H_

#include <string_view>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// All dtypes. Integers wrap around. Booleans: add is "or", mul is "and", and sub throws.
Tensor add(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor sub(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor mul(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());

// a / b. Integers and booleans divide as f32.
Tensor div(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
// The quotient rounded towards zero ("trunc") or down ("floor"), in the promoted dtype. Integers
// divided by 0 are 0. Throws for booleans, and for another `rounding_mode`.
Tensor div(const Tensor& a, const TensorOrNumber& b, std::string_view rounding_mode,
           Loc loc = Loc::current());
Tensor floor_divide(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
// a - floor(a / b) * b, with the sign of b, as Python's %. Integers: a where b is 0.
Tensor remainder(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
// a - trunc(a / b) * b, with the sign of a, as C's fmod. Integers: a where b is 0.
Tensor fmod(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());

// a to the power of b. Integers stay integers and wrap around; 0 for negative exponents, but where
// the base is 1 or -1. A number as the exponent is part of the program: another one compiles again.
// Throws for two booleans, and for an integer to the power of a negative integer number.
Tensor pow(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor pow(const Number& a, const Tensor& b, Loc loc = Loc::current());
// The angle of the point (x, y) in [-pi, pi].
Tensor atan2(const Tensor& y, const TensorOrNumber& x, Loc loc = Loc::current());
// The larger, the smaller; NaN where either is. Where both are equal each gets half of the
// gradient.
Tensor maximum(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor minimum(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
// a + weight * (b - a), exactly a at weight 0 and b at 1.
Tensor lerp(const Tensor& a, const Tensor& b, const TensorOrNumber& weight,
            Loc loc = Loc::current());

// Integers and booleans bit by bit. Throws for floats.
Tensor bitwise_and(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor bitwise_or(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor bitwise_xor(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor bitwise_not(const Tensor& x, Loc loc = Loc::current());
// Integers only. Shifting by the width or more (or by a negative number) leaves 0, or -1 to the
// right of a negative number.
Tensor bitwise_left_shift(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());
Tensor bitwise_right_shift(const Tensor& a, const TensorOrNumber& b, Loc loc = Loc::current());

Tensor operator+(const Tensor& a, const TensorOrNumber& b);
Tensor operator-(const Tensor& a, const TensorOrNumber& b);
Tensor operator*(const Tensor& a, const TensorOrNumber& b);
Tensor operator/(const Tensor& a, const TensorOrNumber& b);
Tensor operator%(const Tensor& a, const TensorOrNumber& b);  // remainder
Tensor operator&(const Tensor& a, const TensorOrNumber& b);
Tensor operator|(const Tensor& a, const TensorOrNumber& b);
Tensor operator^(const Tensor& a, const TensorOrNumber& b);
Tensor operator<<(const Tensor& a, const TensorOrNumber& b);
Tensor operator>>(const Tensor& a, const TensorOrNumber& b);
Tensor operator+(const Number& a, const Tensor& b);
Tensor operator-(const Number& a, const Tensor& b);
Tensor operator*(const Number& a, const Tensor& b);
Tensor operator/(const Number& a, const Tensor& b);
Tensor operator%(const Number& a, const Tensor& b);
Tensor operator-(const Tensor& a);
Tensor operator~(const Tensor& a);  // bitwise_not

// In place: the tensor, and with it each copy of the handle, has the new value from here on, in its
// own shape and dtype. For a state cell that records a write. Throws etch::Error where the result
// has another shape or a higher category of dtype, and for a leaf that requires grad outside
// etch::no_grad. Results of reshape, slice and the like are values of their own: what they were
// made of does not change.
Tensor& operator+=(Tensor& a, const TensorOrNumber& b);
Tensor& operator-=(Tensor& a, const TensorOrNumber& b);
Tensor& operator*=(Tensor& a, const TensorOrNumber& b);
Tensor& operator/=(Tensor& a, const TensorOrNumber& b);

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_ARITHMETIC_H_
