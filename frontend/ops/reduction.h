// Many elements to one, along `dims`: one dimension, several, or all when there are none; with
// `keepdim` they stay with extent 1. f16 and bf16 are combined in f32 and rounded once. And
// normalizations, which are made of reductions.
#ifndef ETCH_FRONTEND_OPS_REDUCTION_H_
#define ETCH_FRONTEND_OPS_REDUCTION_H_

#include <optional>
#include <string_view>

#include "etch/frontend/ops/number.h"
#include "etch/frontend/tensor.h"

namespace etch {

// Of integers and booleans: in i64. Of no elements: 0 and 1.
Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());
Tensor prod(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());
// Floats only. Of no elements: NaN.
Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());
// `unbiased` divides by n - 1. Floats only.
Tensor var(const Tensor& x, const Dims& dims = {}, bool unbiased = true, bool keepdim = false,
           Loc loc = Loc::current());
// The square root of the variance, with gradient 0 where it is 0.
Tensor std(const Tensor& x, const Dims& dims = {}, bool unbiased = true, bool keepdim = false,
           Loc loc = Loc::current());

// NaN where an element is. All elements that attain the extremum share its gradient evenly. Throws
// where there are no elements.
Tensor amax(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());
Tensor amin(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());

// (sum |x|^p)^(1/p); the largest |x| for p = inf, the smallest for -inf, the number of elements
// that are not 0 for p = 0. Floats only. Its gradient is 0 where it is 0.
Tensor norm(const Tensor& x, double p = 2, const Dims& dims = {}, bool keepdim = false,
            Loc loc = Loc::current());
// "fro": the 2-norm of the elements.
Tensor norm(const Tensor& x, std::string_view p, const Dims& dims = {}, bool keepdim = false,
            Loc loc = Loc::current());
// log(sum(exp(x))) without overflow; -inf where all elements are.
Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim = false, Loc loc = Loc::current());

// Booleans: whether any element, or every one, is not 0. Of no elements: false and true.
Tensor any(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());
Tensor all(const Tensor& x, const Dims& dims = {}, bool keepdim = false, Loc loc = Loc::current());
Tensor count_nonzero(const Tensor& x, const Dims& dims = {}, Loc loc = Loc::current());  // i64

// e^x over its sum along `dim`, and the logarithm of that; computed from x - max(x).
Tensor softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());
Tensor log_softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());

// (x - mean) / sqrt(var + epsilon) along `dims`, with the biased variance: mean 0, variance 1.
Tensor standardize(const Tensor& x, std::vector<int64_t> dims, double epsilon = 1e-5,
                   Loc loc = Loc::current());

// Normalizes `x` over its last `normalized_dims` dimensions to mean 0 and variance 1, then scales
// and shifts: y = (x - mean) / sqrt(var + epsilon) * weight + bias, with the biased variance.
// weight and bias have the normalized shape. Source: Ba, Kiros, Hinton, 2016, arXiv:1607.06450.
Tensor layer_norm(const Tensor& x, int64_t normalized_dims, const std::optional<Tensor>& weight,
                  const std::optional<Tensor>& bias, double epsilon = 1e-5,
                  Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_REDUCTION_H_
