// Functions of one tensor, element by element. Where nothing else is said: of floats in their own
// dtype (f16 and bf16 are computed in f32 and rounded once), of integers and booleans as f32.
#ifndef ETCH_FRONTEND_OPS_ELEMENTWISE_H_
#define ETCH_FRONTEND_OPS_ELEMENTWISE_H_

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// Integers stay integers and wrap around. Booleans throw, but for sign, where they are their own,
// and square, where they become i64.
Tensor neg(const Tensor& x, Loc loc = Loc::current());
Tensor abs(const Tensor& x, Loc loc = Loc::current());  // its gradient at 0 is 0
Tensor sign(const Tensor& x, Loc loc = Loc::current());
Tensor square(const Tensor& x, Loc loc = Loc::current());

// Powers, logarithms and roots: e^x, 2^x; to the bases e, 2 and 10; 1 / sqrt(x), 1 / x.
Tensor exp(const Tensor& x, Loc loc = Loc::current());
Tensor exp2(const Tensor& x, Loc loc = Loc::current());
Tensor expm1(const Tensor& x, Loc loc = Loc::current());  // e^x - 1, exact for small x too
Tensor log(const Tensor& x, Loc loc = Loc::current());
Tensor log2(const Tensor& x, Loc loc = Loc::current());
Tensor log10(const Tensor& x, Loc loc = Loc::current());
Tensor log1p(const Tensor& x, Loc loc = Loc::current());  // log(1 + x), exact for small x too
Tensor sqrt(const Tensor& x, Loc loc = Loc::current());
Tensor rsqrt(const Tensor& x, Loc loc = Loc::current());
Tensor reciprocal(const Tensor& x, Loc loc = Loc::current());

// Angles are in radians.
Tensor sin(const Tensor& x, Loc loc = Loc::current());
Tensor cos(const Tensor& x, Loc loc = Loc::current());
Tensor tan(const Tensor& x, Loc loc = Loc::current());
Tensor asin(const Tensor& x, Loc loc = Loc::current());
Tensor acos(const Tensor& x, Loc loc = Loc::current());
Tensor atan(const Tensor& x, Loc loc = Loc::current());
Tensor sinh(const Tensor& x, Loc loc = Loc::current());
Tensor cosh(const Tensor& x, Loc loc = Loc::current());
Tensor tanh(const Tensor& x, Loc loc = Loc::current());
Tensor erf(const Tensor& x, Loc loc = Loc::current());

// Integers are their own; booleans throw. The gradient is 0, but for frac, where it is 1.
Tensor floor(const Tensor& x, Loc loc = Loc::current());
Tensor ceil(const Tensor& x, Loc loc = Loc::current());
Tensor round(const Tensor& x, Loc loc = Loc::current());  // halves to even
Tensor trunc(const Tensor& x, Loc loc = Loc::current());
Tensor frac(const Tensor& x, Loc loc = Loc::current());  // x - trunc(x), floats only

// 1 / (1 + e^-x).
Tensor sigmoid(const Tensor& x, Loc loc = Loc::current());
// Integers stay integers; booleans throw. The gradient at 0 is 0.
Tensor relu(const Tensor& x, Loc loc = Loc::current());
Tensor silu(const Tensor& x, Loc loc = Loc::current());
// Gaussian error linear unit, x * Phi(x); with `tanh_approximation` as GPT-2 has it.
// Source: Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016, arXiv:1606.08415.
Tensor gelu(const Tensor& x, bool tanh_approximation = false, Loc loc = Loc::current());

// x in another dtype: floats to integers truncate towards zero and saturate, NaN becomes 0;
// integers wrap; anything to boolean is x != 0; narrower floats round to nearest even.
Tensor cast(const Tensor& x, DType dtype, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_ELEMENTWISE_H_
