// Random numbers from counter-based generators; see runtime/philox.h for the mapping.
#ifndef ETCH_FRONTEND_OPS_RANDOM_H_
#define ETCH_FRONTEND_OPS_RANDOM_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

// Draws from the thread's default generator (etch::manual_seed), advancing it: uniform in [0, 1),
// of the normal distribution, and integers in [low, high). Numbers have 24 random bits whatever the
// dtype. Throws for a dtype of another category, and for more than 2^24 integers.
Tensor rand(const Shape& shape, DType dtype = f32, Loc loc = Loc::current());
Tensor randn(const Shape& shape, DType dtype = f32, Loc loc = Loc::current());
Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype = i64,
               Loc loc = Loc::current());
// In the shape and dtype of x; randint_like draws integers whatever the dtype.
Tensor rand_like(const Tensor& x, Loc loc = Loc::current());
Tensor randn_like(const Tensor& x, Loc loc = Loc::current());
Tensor randint_like(const Tensor& x, int64_t low, int64_t high, Loc loc = Loc::current());
// 1 with the probability that x holds, else 0; in the dtype of x.
Tensor bernoulli(const Tensor& x, Loc loc = Loc::current());

// Uniform numbers in [0, 1) from `state` (frontend::make_random_state), advancing it.
Tensor rand_from(Tensor state, const Shape& shape, Loc loc = Loc::current());
// Zeroes elements with probability p and scales the rest by 1 / (1 - p).
Tensor dropout(const Tensor& x, double p, Tensor state, Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_RANDOM_H_
