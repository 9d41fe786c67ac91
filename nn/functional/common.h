// What the functions share. Used by the .cc files of nn only.
#ifndef ETCH_NN_FUNCTIONAL_COMMON_H_
#define ETCH_NN_FUNCTIONAL_COMMON_H_

#include <source_location>

#include "etch/frontend/tensor.h"
#include "etch/nn/functional/reduction.h"

namespace etch::nn::detail {

// A scalar of the dtype of `x`, part of the program.
Tensor constant(const Tensor& x, double value);

// `x`, at least `low`. The gradient passes as if there were no bound.
Tensor raised_to(const Tensor& x, double low);

// `loss`, one element each, gathered.
Tensor gathered(const Tensor& loss, Reduction reduction);

// Throws etch::Error, naming both, when the shapes differ: broadcasting a target by accident is a
// well-known mistake.
void check_same_shape(const char* op, const Tensor& x, const Tensor& target,
                      std::source_location loc);

}  // namespace etch::nn::detail

#endif  // ETCH_NN_FUNCTIONAL_COMMON_H_
