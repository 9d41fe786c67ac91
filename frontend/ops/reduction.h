// Reductions. `dims` empty: all dimensions; negative dimensions count from the end.
#ifndef ETCH_FRONTEND_OPS_REDUCTION_H_
#define ETCH_FRONTEND_OPS_REDUCTION_H_

#include <optional>
#include <source_location>
#include <vector>

#include "etch/frontend/tensor.h"

namespace etch {

using Loc = std::source_location;

Tensor sum(const Tensor& x, std::vector<int64_t> dims = {}, bool keepdim = false,
           Loc loc = Loc::current());
Tensor mean(const Tensor& x, std::vector<int64_t> dims = {}, bool keepdim = false,
            Loc loc = Loc::current());
// `unbiased` divides by n - 1.
Tensor var(const Tensor& x, std::vector<int64_t> dims = {}, bool unbiased = true,
           bool keepdim = false, Loc loc = Loc::current());
Tensor amax(const Tensor& x, std::vector<int64_t> dims = {}, bool keepdim = false,
            Loc loc = Loc::current());
Tensor amin(const Tensor& x, std::vector<int64_t> dims = {}, bool keepdim = false,
            Loc loc = Loc::current());
Tensor prod(const Tensor& x, std::vector<int64_t> dims = {}, bool keepdim = false,
            Loc loc = Loc::current());
Tensor logsumexp(const Tensor& x, std::vector<int64_t> dims, bool keepdim = false,
                 Loc loc = Loc::current());
Tensor softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());
Tensor log_softmax(const Tensor& x, int64_t dim, Loc loc = Loc::current());

// Normalizes `x` over its last `normalized_dims` dimensions to mean 0 and variance 1, then scales
// and shifts: y = (x - mean) / sqrt(var + epsilon) * weight + bias, with the biased variance.
// weight and bias have the normalized shape. Source: Ba, Kiros, Hinton, 2016, arXiv:1607.06450.
Tensor layer_norm(const Tensor& x, int64_t normalized_dims, const std::optional<Tensor>& weight,
                  const std::optional<Tensor>& bias, double epsilon = 1e-5,
                  Loc loc = Loc::current());

}  // namespace etch

#endif  // ETCH_FRONTEND_OPS_REDUCTION_H_
